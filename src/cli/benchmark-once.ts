import type { ConfiguredProvider } from '../core/provider.ts'
import { seededRandom } from '../core/random.ts'
import { clockErrorLine } from '../report/calibration.ts'
import { printable } from '../report/format.ts'
import { replayText } from '../report/spool.ts'
import { missSlot } from '../run/begin.ts'
import { benchmark, type BenchmarkRequest, type Defaults, slotFor } from '../run/benchmark.ts'
import { type Digest, isSignOfLife, startDigest } from '../run/digest.ts'
import type { RunEvent } from '../run/execute.ts'
import { patienceMs, patiently } from '../run/patience.ts'
import { logEvent } from '../run/log-event.ts'
import { openSession, type Session } from '../run/session.ts'
import { createMemoryStore } from '../store/memory.ts'
import { replaySpool } from '../store/spool.ts'
import { isUnreachable, type Store, type StoreError } from '../store/store.ts'
import { type App, exitCode, type Streams } from './app.ts'
import { documentOf, writeDocument } from './document.ts'
import { refuse, storeRefusal } from './failure.ts'
import { watch } from './progress.ts'
import { probeAnnouncement, stoppable } from './stop.ts'

/** One benchmark from the command line: what it is made with and how it is shown. */
export interface Once {
  app: App
  defaults: Defaults
  providers: ConfiguredProvider[]
  streams: Streams
  json: boolean
  quiet: boolean
  verbose: boolean
  /** Record nothing. */
  noSave: boolean
  /** File for the document of the run. */
  out: string | null
  seed: number | null
}

/** Opens the store, makes one run, shows and records it, closes everything. Returns the exit code. */
export async function benchmarkOnce(request: BenchmarkRequest, once: Once): Promise<number> {
  const { defaults, noSave, providers } = once
  if (noSave && defaults.budget !== null && providers.some(({ synthetic }) => !synthetic))
    return refuse({ problem: budgetNeedsDatabase }, once)
  const giveUpAt = once.app.clock.now() + patienceMs
  return stoppable(async ({ stop, abort }) => {
    // Who stops the waiting for a database has ended the run, and not the database.
    const ended = (code: number) =>
      stop.aborted && code === exitCode.notRecorded ? exitCode.interrupted : code
    try {
      const { session, isOffline } = await open(request, once, { stop, abort, giveUpAt })
      try {
        if (!isOffline && !once.noSave) await deliverSpool(session.store, once)
        return ended(await makeRun(request, once, { ...session, isOffline, giveUpAt, stop }))
      } finally {
        await session.close()
      }
    } catch (error) {
      const missed = isUnreachable(error) ? missedEvent(request, once, error) : null
      if (missed === null) return refuse(storeRefusal(error, once.app.log), once)
      return ended(await follow([missed], once, null))
    }
  }, probeAnnouncement(once.streams.stderr))
}

const budgetNeedsDatabase =
  'a budget is kept in the database: leave out --no-save, or unset BUDGET_USD_PER_DAY and BUDGET_USD_PER_MONTH'

/** Opens the store; while it is away a scheduled run waits for it, and one by hand goes on without. */
async function open(
  { scheduled }: BenchmarkRequest,
  once: Once,
  { abort, stop, giveUpAt }: { abort: AbortSignal; stop: AbortSignal; giveUpAt: number },
): Promise<{ session: Session; isOffline: boolean }> {
  const { app, providers, noSave } = once
  const longestMs = once.defaults.timeouts.total
  const parts = { ...app, providers, longestMs, abort }
  if (noSave) return { session: await openSession({ ...parts, openStore: inMemory }), isOffline: false }
  const openStore = scheduled ? () => patiently(app.store.open, { ...app, giveUpAt, stop }) : app.store.open
  try {
    return { session: await openSession({ ...parts, openStore }), isOffline: false }
  } catch (error) {
    if (scheduled || app.spool === null || once.defaults.budget !== null || !isUnreachable(error)) throw error
    once.streams.stderr.write(
      `firsttoken: ${printable(error.message)} The run goes on, and its results wait in ${app.spool.dir}.\n`,
    )
    return { session: await openSession({ ...parts, openStore: inMemory }), isOffline: true }
  }
}

const inMemory = (): Promise<Store> => Promise.resolve(createMemoryStore())

/** A scheduled run that could not begin, as what is left to say of it. */
function missedEvent(request: BenchmarkRequest, { app, defaults }: Once, error: StoreError): RunEvent | null {
  const slot = slotFor(request, { ...app, defaults })
  const { name: schedule } = defaults.schedule
  const missed = { id: app.uuid(), name: schedule, trigger: request.trigger, schedule }
  return slot === null ? null : missSlot({ ...missed, slot }, { ...app, region: defaults.region }, error)
}

/** Delivers what earlier runs could not. */
async function deliverSpool(store: Store, { app, streams }: Once): Promise<void> {
  if (app.spool === null) return
  const replay = await replaySpool(app.spool.dir, store.deliver)
  if (replay.files > 0 || replay.rejected.length > 0)
    streams.stderr.write(`firsttoken: ${replayText(replay)}\n`)
  if (replay.away !== null) app.log.warn({ kind: replay.away.kind }, replay.away.message)
}

async function makeRun(
  request: BenchmarkRequest,
  once: Once,
  session: Session & { isOffline: boolean; giveUpAt: number; stop: AbortSignal },
): Promise<number> {
  const { app, defaults, providers, seed, streams, noSave } = once
  const random = seed === null ? Math.random : seededRandom(seed)
  const [started, clockError] = await Promise.all([
    benchmark(request, {
      ...app,
      ...session,
      providers,
      defaults,
      random,
      spool: noSave ? null : app.spool,
    }),
    clockErrorHere(session.store, once),
  ])
  if ('refusal' in started) return refuse({ problem: started.refusal.message }, once)
  for (const note of started.notes) streams.stderr.write(`firsttoken: ${note}\n`)
  return follow(started.events, once, clockError)
}

/** What the last calibration of this machine found, as a line; null without one. Not knowing it disturbs no run. */
async function clockErrorHere(store: Store, once: Once): Promise<string | null> {
  const { app, quiet, verbose, noSave } = once
  if (quiet || noSave) return null
  try {
    const { rows } = await store.latestCalibration({ host: app.host })
    return clockErrorLine(rows, { now: app.clock.date(), verbose })
  } catch (error) {
    app.log.debug({ error: String(error) }, 'the last calibration could not be read')
    return null
  }
}

/** Shows, logs and gathers the events of a run; the exit code is what they came to. */
async function follow(
  events: AsyncIterable<RunEvent> | Iterable<RunEvent>,
  once: Once,
  clockError: string | null,
): Promise<number> {
  const { app, streams, json, quiet, noSave } = once
  const where = noSave ? 'nothing (--no-save)' : app.store.name
  const progress = quiet
    ? null
    : watch(json ? streams.stderr : streams.stdout, { recordedIn: where, clockError })
  const { add, digest } = startDigest()
  for await (const event of events) {
    progress?.show(event)
    logEvent(app.log, event)
    add(event)
    if (quiet) tellTrouble(event, streams)
  }
  progress?.clear()
  handOver(digest, once)
  if (isSignOfLife(digest)) await app.ping()
  return codeOf(digest)
}

/** Hands over the document of a run where it was asked for. */
function handOver(digest: Digest, { streams, json, out }: Once): void {
  const document = documentOf(digest)
  const unwritten = out === null ? null : writeDocument(out, document)
  if (unwritten !== null) streams.stderr.write(`firsttoken: --out: ${unwritten}\n`)
  if (json) streams.stdout.write(`${JSON.stringify(document, null, 2)}\n`)
}

/** What even `--quiet` tells. A result that waits on disk is no trouble. */
function tellTrouble(event: RunEvent, { stderr }: Streams): void {
  if ('error' in event && event.type !== 'spooled')
    stderr.write(`firsttoken: ${printable(event.error.message)}\n`)
}

/** What a run came to, as an exit code. A result that was lost is louder than those that were kept. */
function codeOf({ run, slotTaken, lost, missed, recorded, succeeded }: Digest): number {
  if (slotTaken) return exitCode.ok
  if (missed !== null) return exitCode.notRecorded
  if (run?.status === 'cancelled') return exitCode.interrupted
  if (lost !== null) return exitCode.notRecorded
  if (recorded === 0 && (run?.nSkipped ?? 0) === 0) return exitCode.notRecorded
  return succeeded > 0 ? exitCode.ok : exitCode.allFailed
}
