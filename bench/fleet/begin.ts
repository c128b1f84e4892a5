import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { pino } from 'pino'
import { type Engine, openEngine } from '../../src/fleet/engine.ts'
import type { App } from '../../src/jobs/app.ts'
import type { Sql } from '../../src/store/connection.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { withRetry } from '../../src/store/retry.ts'
import { openSpool } from '../../src/store/spool.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import type { Store } from '../../src/store/store.ts'
import { testApp } from '../../test/support/app.ts'
import { clockIn, queueClockIn, sleepIn, type Time } from './time.ts'
import type { World } from './world.ts'

/** What a process of the fleet is told when it is to begin. */
export interface Begin {
  time: Time
  world: World
  /** Of the database, and of the socket of the providers. */
  url: string
  socket: string
  /** The environment of an installation. */
  env: Record<string, string>
  region: string
  concurrency: number
  /** A folder for what waits for the database. */
  dir: string
  /** Who it is, and by how many ms its clock is wrong. */
  name: string
  wrongMs: number
}

/** Resolves with what the parent sends when it is to begin, after it was told that this process is loaded; null to end. */
export async function whenBegun(): Promise<Begin | null> {
  const begin = new Promise<Begin | null>((begun) =>
    process.once('message', (message) => begun(message === 'stop' ? null : (message as Begin))),
  )
  process.send?.('loaded')
  return begin
}

/** Says what the statements of a connection are for: a name, or by what they are and what came of them. */
type NameOf = string | ((text: string, rows: number) => string)

/** The function that a statement calls. */
export const functionIn = (text: string): string => /public\.(\w+)\(/.exec(text)?.[1] ?? text

/** A connection whose sessions have a name in the database, and whose statements are counted under it. */
export async function openCounted(
  url: string,
  { session, counts, nameOf = session }: { session: string; counts: Record<string, number>; nameOf?: NameOf },
): Promise<Sql> {
  const named = new URL(url)
  named.searchParams.set('application_name', session)
  const sql = await openPostgres(named.href)
  return {
    ...sql,
    query: async (text, values) => {
      const answer = await sql.query(text, values)
      const name = typeof nameOf === 'string' ? nameOf : nameOf(text, answer.rows.length)
      counts[name] = (counts[name] ?? 0) + 1
      return answer
    },
  }
}

/** A store that is tried again as that of an app. */
export const openStore = async (...of: Parameters<typeof openCounted>): Promise<Store> =>
  createSqlStore(await openCounted(...of), withRetry)

/** The queue, in simulated time. A look that found no job is counted by itself. */
export async function openQueue(
  { url, time, world }: Pick<Begin, 'url' | 'time' | 'world'>,
  counts: Record<string, number>,
): Promise<Engine> {
  const nameOf = (text: string, rows: number) =>
    rows === 0 && /skip locked/i.test(text) ? 'queue: nothing there' : 'queue'
  const sql = await openCounted(url, { session: 'queue', counts, nameOf })
  const log = pino({ level: 'silent' })
  return openEngine({ sql, regions: world.regions, log, clock: queueClockIn(time) })
}

/** An app in simulated time; what it logs goes to stderr from warnings on if `FLEET_LOG` is set. */
export function appOf({ env, region, time, wrongMs, dir, name }: Begin, store: Store): App {
  return testApp({ ...env, BENCHMARK_REGION: region }, store, {
    clock: clockIn(time, wrongMs),
    sleep: sleepIn(time),
    uuid: randomUUID,
    spool: openSpool(join(dir, 'spool')),
    owner: name,
    host: 'bench',
    log: pino(
      { level: process.env['FLEET_LOG'] === undefined ? 'silent' : 'warn', base: { name } },
      pino.destination(2),
    ),
  })
}
