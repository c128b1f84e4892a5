import { z } from 'zod'
import type { Sql } from '../store/connection.ts'
import { appliedVersions, migrate as applyAll, type Migration, readMigrations } from '../store/migrate.ts'
import { exitCode } from './exit-code.ts'
import { defineCommand } from './command.ts'
import { yes } from './flags.ts'

const help = `Bring the database up to date: apply its missing migrations.

Usage: pnpm tsx scripts/migrate.ts [options]

The database is DATABASE_URL, else the embedded one. A Supabase project is reached by its connection string
(Dashboard, Connect) as DATABASE_URL, or by pasting supabase/schema.sql into its SQL editor.

  --status              only list the migrations and whether each is applied
  --help                this text

Exit codes: 0 up to date (with --status: always), 2 bad usage or configuration, 3 not applied.
`

/** `migrate`: applies or lists migrations. */
export const migrate = defineCommand({
  name: 'migrate',
  help,
  flags: z.object({ status: yes }),
  needs: 'database',
  run: async ({ status }, { database: { name, sql }, streams }) => {
    streams.stdout.write(await (status ? describe(sql) : apply(sql)))
    streams.stderr.write(`firsttoken: ${name}\n`)
    return exitCode.ok
  },
})

async function apply(sql: Sql): Promise<string> {
  const files = readMigrations()
  const { applied } = await applyAll(sql, files)
  if (applied.length === 0) return 'up to date\n'
  return files
    .filter(({ version }) => applied.includes(version))
    .map((file) => `applied ${title(file)}\n`)
    .join('')
}

async function describe(sql: Sql): Promise<string> {
  const known = await appliedVersions(sql)
  const files = readMigrations()
  const lines = files.map((file) => `${known.has(file.version) ? 'applied' : 'missing'}  ${title(file)}`)
  const ours = new Set(files.map(({ version }) => version))
  const others = [...known].filter((version) => !ours.has(version)).map((version) => `unknown  ${version}`)
  return [...lines, ...others, ''].join('\n')
}

const title = ({ version, name }: Migration) => `${version}_${name}`
