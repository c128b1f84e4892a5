import { parseArgs } from 'node:util'
import { messageOf } from '../core/error.ts'
import type { Sql } from '../store/connection.ts'
import { appliedVersions, migrate as applyAll, type Migration, readMigrations } from '../store/migrate.ts'
import { StoreError } from '../store/store.ts'
import { exitCode, type OpenDatabase, type Streams } from './app.ts'

const help = `Bring the database up to date: apply the migrations that it lacks.

Usage: pnpm tsx scripts/migrate.ts [options]

The database is DATABASE_URL, else the embedded one. A Supabase project is reached by its connection string
(Dashboard, Connect) as DATABASE_URL, or by pasting supabase/schema.sql into its SQL editor.

  --status              only list the migrations and whether the database has them
  --help                this text

Exit codes: 0 up to date (with --status: whatever the state), 2 bad usage or configuration, 3 not applied.
`

/** `migrate`: applies or lists migrations. Returns the exit code. */
export async function migrate(
  argv: string[],
  openDatabase: OpenDatabase,
  streams: Streams = process,
): Promise<number> {
  const flags = readFlags(argv)
  if ('problem' in flags) {
    streams.stderr.write(`firsttoken: ${flags.problem}; --help lists the options\n`)
    return exitCode.usage
  }
  if (flags.help === true) {
    streams.stdout.write(help)
    return exitCode.ok
  }
  try {
    const { name, sql } = await openDatabase()
    try {
      streams.stdout.write(await (flags.status === true ? describe(sql) : apply(sql)))
      streams.stderr.write(`firsttoken: ${name}\n`)
      return exitCode.ok
    } finally {
      await sql.close()
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    streams.stderr.write(`firsttoken: ${error.message}\n`)
    return ['denied', 'invalid'].includes(error.kind) ? exitCode.usage : exitCode.notRecorded
  }
}

function readFlags(argv: string[]) {
  try {
    const options = { status: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const
    return parseArgs({ args: argv, options }).values
  } catch (error) {
    return { problem: messageOf(error) }
  }
}

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
