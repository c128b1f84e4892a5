import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { openEngine } from '../../src/fleet/engine.ts'
import type { Sql } from '../../src/store/connection.ts'
import { migrate, readMigrations } from '../../src/store/migrate.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { removeFolder } from '../../test/support/command.ts'
import { startPostgres, type TestPostgres } from '../../test/support/postgres.ts'
import { withSql } from '../history/databases.ts'
import type { Time } from './time.ts'
import { configure, type World } from './world.ts'

/** A Postgres of its own, which can be killed and comes back where it was. */
export interface Server {
  url: string
  /** Kills all of it at once, and starts it again. */
  kill: () => Promise<void>
  stop: () => Promise<void>
}

/** One that holds a world and an empty queue. */
export interface Database extends Server {
  /** Makes time run in it. */
  run: (time: Time) => Promise<void>
  /** Forgets the calls of before by which the pace of providers was known. */
  forget: () => Promise<void>
}

/** What is committed outlives its processes; with `safe` the machine's end too, as it would have to. */
const settingsOf = (safe: boolean): string[] => [
  'synchronous_commit=on',
  `fsync=${safe ? 'on' : 'off'}`,
  `full_page_writes=${safe ? 'on' : 'off'}`,
  'max_connections=200',
  'shared_buffers=1GB',
  'max_wal_size=4GB',
  'jit=off',
]

/** Starts a server with an empty database. */
export async function openServer(safe: boolean): Promise<Server> {
  const dir = mkdtempSync(join(tmpdir(), 'firsttoken-fleet-'))
  const settings = settingsOf(safe)
  let server = await startPostgres({ dir, settings })
  const { url, port } = server
  return {
    url,
    kill: async () => {
      const [pid] = readFileSync(join(dir, 'data/postmaster.pid'), 'utf8').split('\n')
      process.kill(Number(pid), 'SIGKILL')
      server = await startAgain({ dir, settings, port })
    },
    stop: async () => {
      await server.stop()
      removeFolder(dir)
    },
  }
}

/** Starts a server that holds the targets of a world and has an empty queue. */
export async function openDatabase(world: World, safe: boolean): Promise<Database> {
  const server = await openServer(safe)
  const { url } = server
  const log = pino({ level: 'silent' })
  try {
    await withSql(url, (sql) => load(sql, world))
    const engine = await openEngine({ sql: await openPostgres(url), regions: world.regions, log })
    await engine.close()
  } catch (error) {
    await server.stop()
    throw error
  }
  return {
    ...server,
    forget: () =>
      withSql(url, async (sql) => void (await sql.query('delete from public.runs where schedule is null'))),
    run: ({ from, beganWall, factor }) =>
      withSql(url, async (sql) => {
        await sql.exec(readFileSync(join(import.meta.dirname, 'clock.sql'), 'utf8'))
        await sql.query('select bench.run_time($1, $2, $3)', [new Date(from), new Date(beganWall), factor])
      }),
  }
}

/** It starts when it is known to be dead, and its sessions have noticed and ended. */
async function startAgain(options: Parameters<typeof startPostgres>[0]): Promise<TestPostgres> {
  for (;;) {
    try {
      return await startPostgres(options)
    } catch (error) {
      if (!/is still in use|already exists/.test(String(error))) throw error
    }
  }
}

async function load(sql: Sql, world: World): Promise<void> {
  const providers = world.providers.map((provider) => ({
    id: provider.id,
    name: provider.name,
    base_url: configure(provider).baseUrl,
    lanes: provider.lanes,
    typical_ms: provider.totalMs,
  }))
  await loadTargets(sql, { providers, targets: world.targets })
}

/** Makes the schema, and providers with targets that have a price each. */
export async function loadTargets(
  sql: Sql,
  given: { providers: readonly object[]; targets: readonly object[] },
): Promise<void> {
  await migrate(sql, readMigrations())
  await sql.exec(readFileSync(join(import.meta.dirname, 'world.sql'), 'utf8'))
  await sql.query('select bench.make_world($1::text::jsonb)', [JSON.stringify(given)])
  await sql.exec('vacuum analyze')
}
