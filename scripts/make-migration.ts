import { PGlite } from '@electric-sql/pglite'
import { z } from 'zod'
import { defineCommand } from '../src/cli/command.ts'
import { exitCode } from '../src/cli/exit-code.ts'
import { words, yes } from '../src/cli/flags.ts'
import { main } from '../src/main.ts'
import { readObjects, readDependencies } from '../src/store/database-objects.ts'
import type { Statements } from '../src/store/connection.ts'
import { migrate, readMigrations } from '../src/store/migrate.ts'
import { type Database, draftMigration, gapMarker } from '../src/store/migration-draft.ts'
import {
  baselineScript,
  readRights,
  readSchemas,
  schemaStatements,
  writeFile,
  writeGenerated,
} from '../src/store/schema-files.ts'

const help = `Write the migration for what changed in supabase/schemas.

Usage: pnpm tsx scripts/make-migration.ts NAME
       pnpm tsx scripts/make-migration.ts --baseline

  NAME         what it does, such as add_score: letters, digits and _
  --baseline   write the first migration again instead; only while no version has been released
  --help       this text

Exit codes: 0 written, or nothing changed, 2 bad usage.
`

/** A database in memory, filled by `fill` and read. */
async function inMemory(fill: (sql: Statements) => Promise<unknown>): Promise<Database> {
  const db = new PGlite()
  const sql: Statements = {
    query: async (text, values) => ({ rows: (await db.query<Record<string, unknown>>(text, values)).rows }),
    exec: async (text) => void (await db.exec(text)),
  }
  try {
    await fill(sql)
    return { catalog: await readObjects(sql), dependencies: await readDependencies(sql) }
  } finally {
    await db.close()
  }
}

/** `20261129120000`, after every version there is. */
function nextVersion(now: Date): string {
  const stamp = now.toISOString().replaceAll(/\D/g, '').slice(0, 14)
  const last = readMigrations().at(-1)?.version ?? ''
  return stamp > last ? stamp : String(BigInt(last) + 1n)
}

async function makeMigration(name: string): Promise<string> {
  writeGenerated()
  const draft = draftMigration({
    migrated: await inMemory((sql) => migrate(sql, readMigrations())),
    declared: await inMemory((sql) =>
      sql.exec(
        readSchemas()
          .map((file) => file.sql)
          .join('\n'),
      ),
    ),
    statements: schemaStatements(),
    rights: readRights(),
  })
  if (draft === null) return 'the migrations and supabase/schemas say the same: nothing to write\n'
  const file = `supabase/migrations/${nextVersion(new Date())}_${name}.sql`
  writeFile(file, draft)
  writeGenerated()
  return `${file}${draft.includes(gapMarker) ? ': tables change, write what it lists by hand' : ''}\n`
}

function makeBaseline(): string {
  const [first, ...later] = readMigrations()
  if (first === undefined || later.length > 0) return 'there are later migrations: the first one is history\n'
  const file = `supabase/migrations/${first.version}_${first.name}.sql`
  writeFile(file, baselineScript())
  writeGenerated()
  return `${file}\n`
}

const needsName = 'make-migration needs one name, such as add_score: letters, digits and _'

const schema = z.object({ words, baseline: yes }).refine(({ words: given, baseline }) => {
  const [name = '', ...more] = given
  return baseline ? given.length === 0 : more.length === 0 && /^[a-z][a-z0-9_]*$/.test(name)
}, needsName)

await main(
  defineCommand({
    name: 'make-migration',
    help,
    flags: schema,
    needs: 'nothing',
    run: async ({ words: [name = ''], baseline }, { streams }) => {
      streams.stdout.write(baseline ? makeBaseline() : await makeMigration(name))
      return exitCode.ok
    },
  }),
)
