import { readFileSync } from 'node:fs'
import { generatedFiles, writeGenerated } from '../src/store/schema-files.ts'

// Writes supabase/schema.sql and the names in the rights from supabase/schemas; with --check it only compares, and fails if
// they differ.
if (!process.argv.includes('--check')) writeGenerated()
else {
  const outdated = Object.entries(generatedFiles()).filter(
    ([file, text]) => readFileSync(file, 'utf8') !== text,
  )
  for (const [file] of outdated)
    process.stderr.write(`${file} is not what supabase/schemas says: run pnpm schema\n`)
  if (outdated.length > 0) process.exitCode = 1
}
