import { readFileSync, writeFileSync } from 'node:fs'
import { readMigrations, schemaScript } from '../src/store/migrate.ts'

// Writes supabase/schema.sql from the migrations; with --check it only compares and fails when they differ.
const path = 'supabase/schema.sql'
const script = schemaScript(readMigrations())
if (!process.argv.includes('--check')) writeFileSync(path, script)
else if (readFileSync(path, 'utf8') !== script) {
  process.stderr.write(`${path} is not what the migrations say: run pnpm schema\n`)
  process.exitCode = 1
}
