import { type Clock, systemClock } from '../../src/core/clock.ts'
import { openAlerting } from '../../src/jobs/alerting.ts'
import type { App } from '../../src/jobs/app.ts'
import { startBenchmark } from '../../src/jobs/benchmark.ts'
import { currentSlot } from '../../src/jobs/plan-benchmark.ts'
import type { BenchmarkRequest } from '../../src/jobs/request.ts'
import type { LagMonitor } from '../../src/probe/lag.ts'
import { probe } from '../../src/probe/probe.ts'
import { follow } from '../../src/run/watch.ts'
import { openSpool } from '../../src/store/spool.ts'
import { type Store, StoreError } from '../../src/store/store.ts'
import { testApp } from './app.ts'
import type { FaultyProvider } from './faulty-provider.ts'
import type { Point, Trouble } from './incident-faults.ts'
import { type Deadly, leaving, mortal } from './mortal-store.ts'
import type { passingTime } from './passing-time.ts'
import type { Receiver } from './receiver.ts'
import type { OpenTransport } from './transports.ts'

/** What workers work with. */
export interface Workplace {
  at: OpenTransport
  time: ReturnType<typeof passingTime>
  trouble: Trouble
  providers: readonly FaultyProvider[]
  /** The one that has trouble, and another. */
  channels: { webhook: Receiver; other: Receiver }
  clock: Clock
  /** A folder for what waits for the database. */
  dir: string
  /** For calls that are made beside the run; null if they are made by it. */
  lag: LagMonitor | null
  /** What workers died of. */
  died: Set<string>
}

/** A clock whose dates are wrong. */
export const wrongClock = (skewMs: number): Clock => ({
  now: systemClock.now,
  date: () => new Date(systemClock.date().getTime() + skewMs),
})

/** Sleeping takes no time, but passes for the worker and for its database. Others keep their clocks, as do calls. */
function sleeping({ now, date }: Clock, time: Workplace['time']): Pick<App, 'clock' | 'sleep'> {
  let slept = 0
  const sleep = async (ms: number) => {
    slept += ms
    await time.passOutbox(ms)
  }
  return { clock: { now: () => now() + slept, date }, sleep }
}

/** The workers of a tick: one, or as many as it takes. */
export async function work(place: Workplace): Promise<void> {
  const { at, trouble, time } = place
  const { triggers, killedAfter, databaseAwayFrom: from } = trouble
  const well = () => runOnce(at.store, place)
  if (killedAfter !== undefined) await dieOften(deadlyAfter[killedAfter], place)
  else if (from === undefined) await Promise.all(triggers === 'at once' ? [well(), well()] : [well()])
  else {
    await runOnce(from === 'start' ? null : leaving(at.store, leaves[from]), place)
    await time.expire()
  }
  if (triggers === 'again' || from !== undefined) await well()
}

const leaves = {
  middle: (_: keyof Store, done: readonly string[]) => done.includes('recordResult'),
  end: (method: keyof Store) => method === 'finishRun',
}

/** What a server does every few seconds: judges what nobody judged, and tells what is due. */
export async function look(place: Workplace): Promise<void> {
  const { store } = place.at
  await openAlerting(store, appOf(store, place), { inThreads: false, saves: true }).finish(600_000)
}

/** Workers that are killed, one after another, until one is not. */
async function dieOften(deadly: Deadly, place: Workplace): Promise<void> {
  const { at, died, time, providers } = place
  for (let lives = 0; lives <= 4 * providers.length; lives += 1) {
    const { store, death, quiet } = mortal(at.store, deadly, died)
    const abort = new AbortController()
    const living = runOnce(store, place, abort.signal).then(() => true)
    if (await Promise.race([living, death.then(() => false)])) return
    abort.abort()
    await quiet()
    await time.expire()
  }
  throw new Error('workers die for ever')
}

/** Each probe, result, change of an incident, and delivery kills once. */
const deadlyAfter: Readonly<Record<Point, Deadly>> = {
  claim: ({ method, output, when }) =>
    method === 'claimProbe' && when === 'after'
      ? ((output as { probe: { id: string } } | null)?.probe.id ?? null)
      : null,
  result: ({ method, args: [result], when }) =>
    method === 'recordResult' && when === 'after' ? (result as { row: { id: string } }).row.id : null,
  incident: ({ method, args: [evaluation], output, when }) => {
    if (method !== 'applyTransitions' || when === 'before') return null
    const { applied, version } = output as { applied: boolean; version: number }
    return applied ? `${(evaluation as { scope: string }).scope} ${version}` : null
  },
  send: ({ method, args: [settlement], when }) => {
    const { state, ids } = (settlement ?? {}) as { state: string; ids: string[] }
    return method === 'settleDeliveries' && when === 'before' && state === 'sent' ? ids.join(' ') : null
  },
}

/** One worker, which the trigger of the current slot calls; without a store the database does not answer. */
async function runOnce(
  store: Store | null,
  place: Workplace,
  abort = new AbortController().signal,
): Promise<void> {
  const app = appOf(store, place)
  const started = await startBenchmark(requestOf(place, app, abort), app)
  if ('refusal' in started) throw new Error(started.refusal.message)
  await follow(started.events, [])
  await started.close()
}

function appOf(store: Store | null, { at, trouble, channels, clock, dir, time }: Workplace): App {
  const env = {
    BENCHMARK_ORDER: 'by-provider',
    // The slot began about twelve hours ago, and is over in twelve, whatever the time is.
    BENCHMARK_SCHEDULE: `0 ${(new Date().getUTCHours() + 12) % 24} * * *`,
    ALERT_WEBHOOK_URL: channels.webhook.url,
    ALERT_WEBHOOK_OTHER_URL: channels.other.url,
  }
  const unreachable = new StoreError('unavailable', 'the database is unreachable')
  return testApp(env, at.store, {
    ...sleeping(clock, time),
    spool: trouble.disk === false ? null : openSpool(dir),
    store: {
      name: 'a store',
      embedded: false,
      listen: null,
      open: () =>
        store === null
          ? Promise.reject(unreachable)
          : Promise.resolve({ ...store, close: () => Promise.resolve() }),
    },
  })
}

function requestOf({ providers, lag, clock }: Workplace, app: App, abort: AbortSignal): BenchmarkRequest {
  const measure: NonNullable<BenchmarkRequest['pool']>['measure'] = (asked, signal) => {
    const own = providers.find(({ id }) => id === asked.provider.entry.id)
    if (own === undefined || lag === null) throw new Error(`nobody is ${asked.provider.entry.id}`)
    const { call, lookup } = own.ownCall(asked)
    return probe(call, {
      clock,
      lag,
      env: {},
      egressAllow: [],
      ...(signal && { signal }),
      ...(lookup && { socket: { lookup } }),
    })
  }
  return {
    ...currentSlot,
    configured: providers.map((provider) => provider.configured()),
    defaults: app.config.defaults,
    save: true,
    seed: null,
    stop: new AbortController().signal,
    abort,
    deadline: null,
    ...(lag && { pool: { measure } }),
  }
}
