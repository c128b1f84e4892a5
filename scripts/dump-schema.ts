import { dumpCommand } from '../src/cli/dump.ts'
import { main } from '../src/main.ts'
import { readMigrations, schemaScript } from '../src/store/migrate.ts'

await main(
  dumpCommand({
    name: 'dump-schema',
    path: 'supabase/schema.sql',
    source: 'the migrations',
    textOf: () => schemaScript(readMigrations()),
  }),
)
