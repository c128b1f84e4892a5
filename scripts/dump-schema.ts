import { dumpCommand } from '../src/cli/dump.ts'
import { main } from '../src/main.ts'
import { readMigrations, schemaScript } from '../src/store/migrate.ts'

await main(
  dumpCommand({
    name: 'dump-schema',
    source: 'the migrations',
    files: { 'supabase/schema.sql': () => schemaScript(readMigrations()) },
  }),
)
