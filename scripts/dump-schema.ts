import { outdatedFiles, writeGenerated } from '../src/store/schema-files.ts'

// Writes supabase/schema.sql and the names in the rights from supabase/schemas; with --check it only compares, and
// fails if they differ.
if (!process.argv.includes('--check')) writeGenerated()
else
  for (const file of outdatedFiles()) {
    process.stderr.write(`${file} is not what supabase/schemas says: run pnpm schema\n`)
    process.exitCode = 1
  }
