import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Running } from '../../test/support/command.ts'
import { startPostgres, type TestPostgres } from '../../test/support/postgres.ts'
import type { Door } from './doors.ts'

/** A scheduler that can be started again. */
export interface Worker {
  running: Running
  restart: () => void
}

/** A Postgres behind a door, which can be killed and comes back elsewhere. */
export interface Database {
  dir: string
  door: Door
  server: TestPostgres
}

/** What happens to them; each takes so many ms. */
export interface Disturbance {
  name: string
  /** A call in progress may be lost with its process. */
  kills: boolean
  happen: (worker: Worker, database: Database | null, ms: number) => Promise<void>
}

const portOf = ({ url }: TestPostgres): number => Number(new URL(url).port)

/** Disturbances of a worker, with any database. */
export const ofWorkers: readonly Disturbance[] = [
  {
    name: 'kill -9 of the worker',
    kills: true,
    happen: async (worker, _, ms) => {
      worker.running.child.kill('SIGKILL')
      await worker.running.ended
      await sleep(ms)
      worker.restart()
    },
  },
  {
    name: 'SIGSTOP of the worker',
    kills: false,
    happen: async ({ running }, _, ms) => {
      running.child.kill('SIGSTOP')
      await sleep(ms)
      running.child.kill('SIGCONT')
    },
  },
]

/** Disturbances of a database that is a server of its own. */
export const ofDatabases: readonly Disturbance[] = [
  {
    name: 'database unreachable',
    kills: false,
    happen: async (_, database, ms) => {
      database?.door.lead(null)
      await sleep(ms)
      if (database) database.door.lead(portOf(database.server))
    },
  },
  {
    name: 'kill -9 of the database',
    kills: false,
    happen: async (_, database, ms) => {
      if (database === null) return
      database.door.lead(null)
      const [pid] = readFileSync(join(database.dir, 'data/postmaster.pid'), 'utf8').split('\n')
      process.kill(Number(pid), 'SIGKILL')
      await sleep(ms)
      database.server = await startPostgres({ dir: database.dir, settings: durable })
      database.door.lead(portOf(database.server))
    },
  },
]

/** Nothing that was committed may be lost with its server. */
export const durable = ['fsync=on', 'synchronous_commit=on', 'full_page_writes=on']
