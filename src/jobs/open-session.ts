import type { RunParts } from '../run/parts.ts'
import { retryUntil } from '../run/retry-until.ts'
import { createMemoryStore } from '../store/memory.ts'
import { type Replay, replaySpool } from '../store/replay.ts'
import { isUnreachable, type RunStore, type Store, StoreError } from '../store/store.ts'
import { type Alerting, openAlerting } from './alerting.ts'
import type { App } from './app.ts'
import { askOfficial } from './official.ts'
import { readMaintenance } from './read-maintenance.ts'
import type { RunSetup } from './request.ts'
import { either } from './run-parts.ts'
import { type MeasuringSession, openSession } from './session.ts'

/**
 * A session. `isReachable` is false if its store is in memory because the database is unreachable; a note
 * then says so.
 */
export interface OpenedSession {
  session: MeasuringSession
  isReachable: boolean
  /** The delivery of what earlier runs had spooled; null if there is no spool to deliver. */
  replay: Replay | null
  notes: string[]
  /** What follows from what is recorded; null if nothing is, or nowhere but on disk. */
  watched: Watched | null
}

/** How a run that is recorded is watched. */
interface Watched {
  alerting: Alerting
  isInMaintenance: NonNullable<RunParts['isInMaintenance']>
  /** After a scheduled run: asks what providers say of themselves. */
  askOfficial: (signal: AbortSignal) => Promise<void>
}

/**
 * Opens a session and delivers what earlier runs had spooled. If the database is unreachable, a scheduled run
 * waits for it, and a run by hand continues without it. Rejects with StoreError.
 */
export async function openForRun(
  setup: RunSetup & { scheduled: boolean },
  app: App,
  startBy: number,
): Promise<OpenedSession> {
  const { store, clock, sleep, spool } = app
  const { scheduled, save, stop, defaults } = setup
  const openWith = (openStore: () => Promise<RunStore>) => openSession(sessionParts(setup, app, openStore))
  if (!save)
    return { session: await openWith(inMemory), isReachable: true, replay: null, notes: [], watched: null }
  const retried = () => retryUntil(() => store.open(stop), { clock, sleep, until: startBy, stop })
  let opened: Store | null = null
  const openIt = async () => (opened = await (scheduled ? retried() : store.open()))
  try {
    const session = await openWith(openIt)
    const replay = await deliverSpool(session, app, stop)
    return { session, isReachable: true, replay, notes: [], watched: await watching(opened, setup, app) }
  } catch (error) {
    if (scheduled || spool === null || defaults.budget !== null || !isUnreachable(error)) throw error
    const note = `${error.message} The run continues, and its results wait in ${spool.dir}.`
    return {
      session: await openWith(inMemory),
      isReachable: false,
      replay: null,
      notes: [note],
      watched: null,
    }
  }
}

const watching = async (
  store: Store | null,
  { pool, scheduled }: Pick<RunSetup, 'pool'> & { scheduled: boolean },
  app: App,
): Promise<Watched | null> =>
  store && {
    alerting: openAlerting(store, app, { inThreads: pool !== undefined, saves: scheduled }),
    isInMaintenance: await readMaintenance(store, app),
    askOfficial: async (signal) => (scheduled ? askOfficial(store, app, signal) : undefined),
  }

const sessionParts = (
  { configured, defaults, abort, cancel, pool }: RunSetup,
  { clock, env, config, texts }: App,
  openStore: () => Promise<RunStore>,
) => ({
  openStore,
  providers: configured,
  clock,
  env,
  egressAllow: config.egressAllow,
  longestMs: defaults.timeouts.total,
  abort: either(abort, cancel),
  texts,
  ...(pool && { pool }),
})

async function deliverSpool(
  { store, close }: MeasuringSession,
  { spool, log }: App,
  stop: AbortSignal,
): Promise<Replay | null> {
  if (spool === null) return null
  const stopped = new StoreError(
    'unavailable',
    'interrupted: what is left in the spool waits for the next run',
  )
  try {
    const replay = await replaySpool(spool.dir, (call) =>
      stop.aborted ? Promise.reject(stopped) : store.deliver(call),
    )
    const { waiting, rejected } = replay
    if (waiting !== null) log.warn({ kind: waiting.kind }, `spooled calls still wait: ${waiting.message}`)
    for (const { file, reason } of rejected) log.error({ file, reason }, 'a spooled call was set aside')
    return replay
  } catch (error) {
    await close()
    throw error
  }
}

const inMemory = (): Promise<RunStore> => Promise.resolve(createMemoryStore())
