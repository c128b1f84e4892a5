import type { IncidentKind } from '../../src/core/incident.ts'
import type { Timeouts } from '../../src/core/plan.ts'
import type { FaultName } from '../../src/synthetic/faults.ts'
import type { Options } from '../../src/synthetic/options.ts'
import type { Reply } from './receiver.ts'

/** What a provider does wrong, and which incident that is. */
export interface FaultCase {
  name: string
  /** By hand, not by the code; null if it is no fault. */
  opens: Extract<IncidentKind, 'down' | 'misconfigured'> | null
  /** What the synthetic provider then does. */
  answers?: Options & { fault?: FaultName }
  /** It cannot be connected to: nobody is there, it does not speak TLS, its name is nowhere. */
  away?: 'refuses' | 'no TLS' | 'no name'
  /** Limits that end its calls, in ms. */
  timeouts?: Partial<Timeouts>
}

const fault = (name: string, opens: FaultCase['opens'], of: FaultName): FaultCase => ({
  name,
  opens,
  answers: { fault: of },
})

const stallMs = 150
const stalls = (name: string, of: FaultName): FaultCase => ({
  ...fault(name, 'down', of),
  timeouts: { firstToken: stallMs, idle: stallMs },
})

/** Faults of every sort. */
export const faultCases: readonly FaultCase[] = [
  fault('401', 'misconfigured', 'unauthorized'),
  fault('402', 'misconfigured', 'payment-required'),
  fault('403', 'misconfigured', 'region-403'),
  fault('404 model', 'misconfigured', 'model-not-found'),
  fault('429 with Retry-After', 'misconfigured', 'rate-limited'),
  fault('429 without', 'misconfigured', 'rate-limited-silently'),
  fault('500', 'down', 'html-500'),
  fault('529', 'down', 'overloaded-529'),
  fault('200 with an error', 'down', 'json-error-200'),
  fault('200 and empty', 'down', 'empty'),
  fault('truncated', 'down', 'truncated'),
  fault('malformed', 'down', 'malformed'),
  fault('reset', 'down', 'reset'),
  stalls('stall before the first token', 'hang-first-token'),
  stalls('stall in the stream', 'hang-mid-stream'),
  { name: 'TLS fails', opens: 'down', away: 'no TLS' },
  { name: 'name not found', opens: 'down', away: 'no name' },
  fault('no usage', null, 'no-usage'),
  { name: 'slow drip', opens: null, answers: { frames: 4, delayMs: 10 } },
]

/** More of these sorts. */
export const moreFaults: readonly FaultCase[] = [
  fault('insufficient_quota', 'misconfigured', 'quota'),
  fault('error code in a 200', 'misconfigured', 'base-resp-200'),
  fault('challenge of a firewall', 'misconfigured', 'challenge-403'),
  fault('503', 'down', 'overloaded'),
  fault('HTML in a 200', 'down', 'html-200'),
  fault('error in the stream', 'down', 'error-event'),
  stalls('stall before the headers', 'hang-headers'),
  { name: 'connection refused', opens: 'down', away: 'refuses' },
  fault('content filter', null, 'content-filter'),
  fault('no [DONE]', null, 'no-done'),
  fault('connection kept open', null, 'open-after-done'),
]

/** Faults of the network: three of them in a run of which they are half are our own outage. */
export const isOfNetwork = ({ name, away }: FaultCase): boolean => away !== undefined || name === 'reset'

/** Whether it needs calls of its own, beside the run: with a limit or a resolver that no other call has. */
export const needsOwnCalls = ({ timeouts, away }: FaultCase): boolean =>
  timeouts !== undefined || away === 'no name'

/** A provider that works, beside those that do not. */
export const working = (number: number): FaultCase => ({ name: `works ${number}`, opens: null })

/** Where a worker is killed. */
export type Point = 'claim' | 'result' | 'incident' | 'send'

/** How providers do in each tick of the schedule, from the first: they fail (-), or work (+). */
const outage = '--++'
/** The ticks, from 1, in which its incident opens and ends. */
const [opening, ending] = [2, 4]

/** What goes wrong with us meanwhile. */
export interface Trouble {
  name: string
  /** The worker is killed after each of these, for each target; another goes on. */
  killedAfter?: Point
  /** The trigger comes twice: after the run, or at once, to two workers. */
  triggers?: 'again' | 'at once'
  /** How wrong the clock of the worker is, in ms. */
  skewMs?: number
  /** From when on the database does not answer the worker of a tick. */
  databaseAwayFrom?: 'start' | 'middle' | 'end'
  /** Where results wait for the database; false if nowhere, as in a function. */
  disk?: false
  /** What a channel answers instead of 200, in which ticks, and for how long after the last, in ms. */
  channel?: { reply: Reply; ticks: readonly number[]; thenMs?: number }
  /** What that channel is told of the first outage in the end; by default that it opened and ended. */
  told?: readonly ('opened' | 'resolved')[]
  /** What happens instead of one short outage. */
  ticks?: string
}

/** How providers do in each tick of a trouble. */
export const ticksOf = ({ ticks = outage }: Trouble): string => ticks

const hourMs = 3_600_000
const both = [opening, ending]
const outages = '--++--++'

/** What goes wrong with workers, and their database. */
export const workerTroubles: readonly Trouble[] = [
  { name: 'killed after a claim', killedAfter: 'claim' },
  { name: 'killed after a result', killedAfter: 'result' },
  { name: 'killed after an incident', killedAfter: 'incident' },
  { name: 'killed after a send', killedAfter: 'send' },
  { name: 'the trigger comes again', triggers: 'again' },
  { name: 'two workers at once', triggers: 'at once' },
  { name: 'clock 1 h ahead', skewMs: hourMs },
  { name: 'clock 1 h behind', skewMs: -hourMs, ticks: outages },
  { name: 'no database from the start', databaseAwayFrom: 'start' },
  { name: 'no database from the middle', databaseAwayFrom: 'middle' },
  { name: 'no database nor disk from the middle', databaseAwayFrom: 'middle', disk: false },
  { name: 'no database from the end', databaseAwayFrom: 'end' },
]

/** What goes wrong with a channel. */
export const channelTroubles: readonly Trouble[] = [
  { name: 'channel answers 500', channel: { reply: { status: 500 }, ticks: both } },
  { name: 'channel hangs up', channel: { reply: { reset: true }, ticks: both } },
  { name: 'channel answers 410', channel: { reply: { status: 410 }, ticks: [opening] }, told: [] },
  {
    name: 'channel redirects to loopback',
    // What there is no time for in the first is told in the second.
    channel: { reply: { status: 302, headers: { location: '/inside' } }, ticks: [2, 3] },
    told: [],
  },
  {
    name: 'channel away for 6 h from the outage on',
    channel: { reply: { status: 503 }, ticks: [2, 3, 4], thenMs: 6 * hourMs },
    told: ['resolved'],
  },
  {
    name: 'channel away for 6 h from its end on',
    channel: { reply: { status: 503 }, ticks: [ending], thenMs: 6 * hourMs },
  },
]

/** Takes as long as it is waited for: 20 s each time. */
export const slowTrouble: Trouble = {
  name: 'channel times out',
  channel: { reply: { silent: true }, ticks: both },
}

/** One trouble of workers and one of a channel. */
export const together = (worker: Trouble, channel: Trouble): Trouble => ({
  ...channel,
  ...worker,
  name: `${worker.name}, ${channel.name}`,
})
