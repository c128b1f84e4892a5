import type { ConfiguredProvider } from '../core/provider.ts'
import type { App } from '../jobs/app.ts'
import { freeDeadLeases } from '../jobs/free-leases.ts'
import type { Store } from '../store/store.ts'
import { openAftermath } from './after-run.ts'
import { type Engine, openEngine } from './engine.ts'
import { openPlanner, type Planner } from './planner.ts'

/** What is open while a process is part of a fleet. */
export interface Fleet {
  store: Store
  engine: Engine
  aftermath: Awaited<ReturnType<typeof openAftermath>>
  /** Opens the planner of a region. */
  planner: (region: string) => Planner
  close: () => Promise<void>
}

/** How a process becomes part of a fleet. */
export interface FleetParts {
  regions: readonly string[]
  configured: readonly ConfiguredProvider[]
  app: App
  /** Tells a person something, in one line. */
  say: (line: string) => void
  stop: AbortSignal
}

/** Opens the store and the queue; a problem if the database cannot have a queue. Rejects with StoreError. */
export async function openFleet({
  app,
  regions,
  ...parts
}: FleetParts): Promise<Fleet | { problem: string }> {
  if (app.openDatabase === null) return { problem: withoutQueue }
  const store = await app.store.open()
  try {
    await freeDeadLeases(app, store)
    const { sql } = await app.openDatabase(undefined, queueConnections)
    const engine = await openEngine({ sql, regions, log: app.log })
    const aftermath = await openAftermath(store, app).catch(async (error: unknown) => {
      await engine.close()
      throw error
    })
    const planner = (region: string) =>
      openPlanner({
        ...parts,
        region,
        store,
        engine,
        app,
        random: Math.random,
        onEmpty: aftermath.closed,
      })
    const close = async () => {
      await engine.close()
      await store.close()
    }
    return { store, engine, aftermath, planner, close }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** Polling, heartbeats and sending take turns. */
const queueConnections = 2

const withoutQueue =
  'SUPABASE_URL alone is not enough for a fleet, whose queue needs a connection to the Postgres behind it: set DATABASE_URL too, ' +
  'to the session pooler of the project (port 5432).'
