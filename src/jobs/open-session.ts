import { retryUntil } from '../run/retry-until.ts'
import { createMemoryStore } from '../store/memory.ts'
import { isUnreachable, type RunStore } from '../store/store.ts'
import type { App } from './app.ts'
import type { RunSetup } from './request.ts'
import { type MeasuringSession, openSession } from './session.ts'

/** A session; `isReachable` is false if its store is in memory because the database is unreachable, which a note then says. */
export interface OpenedSession {
  session: MeasuringSession
  isReachable: boolean
  notes: string[]
}

/** Opens the store and the probe. If the database is unreachable, a scheduled run waits for it, and one by hand continues without. Rejects with StoreError. */
export async function openForRun(
  setup: RunSetup & { scheduled: boolean },
  app: App,
  startBy: number,
): Promise<OpenedSession> {
  const { store, clock, sleep, spool } = app
  const { scheduled, save, stop, defaults } = setup
  const openWith = (openStore: () => Promise<RunStore>) => openSession(sessionParts(setup, app, openStore))
  if (!save) return { session: await openWith(inMemory), isReachable: true, notes: [] }
  const retried = () => retryUntil(store.open, { clock, sleep, until: startBy, stop })
  try {
    const session = await openWith(scheduled ? retried : store.open)
    return { session, isReachable: true, notes: [] }
  } catch (error) {
    if (scheduled || spool === null || defaults.budget !== null || !isUnreachable(error)) throw error
    const note = `${error.message} The run continues, and its results wait in ${spool.dir}.`
    return { session: await openWith(inMemory), isReachable: false, notes: [note] }
  }
}

const sessionParts = (
  { configured, defaults, abort }: RunSetup,
  { clock, env, config }: App,
  openStore: () => Promise<RunStore>,
) => ({
  openStore,
  providers: configured,
  clock,
  env,
  egressAllow: config.egressAllow,
  longestMs: defaults.timeouts.total,
  abort,
})

const inMemory = (): Promise<RunStore> => Promise.resolve(createMemoryStore())
