import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from '../../src/core/random.ts'
import { openEmbedded } from '../../src/embedded/embedded.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { startSynthetic } from '../../src/synthetic/server.ts'
import { command, removeFolder, start } from '../../test/support/command.ts'
import { startPostgres } from '../../test/support/postgres.ts'
import { type Database, durable, ofDatabases, ofWorkers, type Worker } from './disturb.ts'
import { openDoor } from './doors.ts'
import { judge, type Verdict } from './judge.ts'

/** How a scheduler is disturbed, and for how long. */
export interface ChaosOptions {
  store: 'embedded' | 'postgres'
  seed: number
  seconds: number
  /** How long it is left alone afterwards, in ms: runs of the killed are closed when their leases have expired. */
  settleMs?: number
  /** Puts a database into the folder of the scheduler, which else makes one. */
  prepare?: (folder: string) => void
}

/** What became of it. `unrecorded` calls were made and have no result; only a kill may lose one each. */
export interface Outcome extends Verdict {
  calls: number
  unrecorded: number
  kills: number
  disturbances: Record<string, number>
}

/** From slot to slot, in seconds. */
const intervalS = 5
/** Longest and shortest disturbance and pause between two, in ms. */
const [shortest, longest] = [200, 5000]

/** Disturbs a scheduler at random, lets it recover, stops it, and asks its database. */
export async function chaos({
  store,
  seed,
  seconds,
  settleMs = 70_000,
  prepare,
}: ChaosOptions): Promise<Outcome> {
  const random = seededRandom(seed)
  const between = () => shortest + random() * (longest - shortest)
  const cwd = mkdtempSync(join(tmpdir(), 'firsttoken-chaos-'))
  prepare?.(cwd)
  const provider = await startSynthetic({ options: { ttftMs: 30, frames: 10, delayMs: 10 } })
  const calls = await openDoor(provider.port)
  const database = store === 'postgres' ? await openDatabase(cwd) : null
  const env = {
    LLM_BASE_URL: `http://127.0.0.1:${calls.port}/v1`,
    LLM_MODEL: 'synthetic-1',
    TIMEOUT_TOTAL_S: '3',
    ...(database && { DATABASE_URL: urlThrough(database) }),
  }
  const schedule = () => start('schedule.ts', ['--cron', `*/${intervalS} * * * * *`], { cwd, env })
  const worker: Worker = {
    running: schedule(),
    restart: () => {
      worker.running = schedule()
    },
  }
  const happened: Record<string, number> = {}
  let kills = 0
  try {
    await worker.running.until(/succeeded/)
    const known = [...ofWorkers, ...(database ? ofDatabases : [])]
    const until = performance.now() + seconds * 1000
    while (performance.now() < until) {
      const disturbance = known[Math.floor(random() * known.length)]
      if (disturbance === undefined) break
      happened[disturbance.name] = (happened[disturbance.name] ?? 0) + 1
      if (disturbance.kills) kills += 1
      await disturbance.happen(worker, database, between())
      await sleep(between())
    }
    // Leases of the killed expire 60 s after the deadline of a call, and what waits is delivered.
    await sleep(settleMs)
    worker.running.child.kill('SIGTERM')
    await worker.running.ended
    await command('replay-spool.ts', [], { cwd, env })
    const sql = database
      ? await openPostgres(urlThrough(database))
      : await openEmbedded({ dir: join(cwd, '.data') })
    const verdict = await judge(sql, intervalS)
    await sql.close()
    const made = calls.opened()
    return { ...verdict, calls: made, unrecorded: made - verdict.results, kills, disturbances: happened }
  } finally {
    worker.running.child.kill('SIGKILL')
    await database?.server.stop()
    database?.door.close()
    calls.close()
    await provider.close()
    removeFolder(cwd)
    if (database) removeFolder(database.dir)
  }
}

async function openDatabase(cwd: string): Promise<Database> {
  // Not in the folder of the scheduler, which another user, as whom Postgres may have to run, cannot enter.
  const dir = `${cwd}-postgres`
  const server = await startPostgres({ dir, settings: durable })
  const door = await openDoor(Number(new URL(server.url).port))
  const database = { dir, server, door }
  await command('migrate.ts', [], { cwd, env: { DATABASE_URL: urlThrough(database) } })
  return database
}

function urlThrough({ server, door }: Database): string {
  const url = new URL(server.url)
  url.port = String(door.port)
  return url.href
}
