import type https from 'node:https'
import type { Clock } from '../core/clock.ts'
import type { Timeouts } from '../core/plan.ts'
import { carriesTokens, type StreamEvent } from '../core/timeline.ts'
import type { ServerEvent } from '../net/events.ts'
import type { Egress } from '../net/egress.ts'
import { type Exchange, exchange, type WireRequest, type WireTap } from '../net/wire.ts'
import { Answered, startDeadlines } from './deadlines.ts'
import { closeStream, listenTo, openStream, type Stream } from './stream.ts'

/** How one request is measured. */
export interface MeasureParts {
  clock: Clock
  /** Read for proxies only. */
  env: NodeJS.ProcessEnv
  egress: Egress | 'trusted'
  timeouts: Timeouts
  /** The `clock.now()` at which to send; at once without. */
  dueAt?: number
  /** Whether connections are reused. */
  reuse?: boolean
  /** A person's abort. */
  signal?: AbortSignal
  /** Socket options that differ from Node's: `lookup`, `ca`, ... */
  socket?: https.RequestOptions
  tap?: Tap
  /** What is filled with the answer, for whoever looks at it meanwhile; by default one of its own. */
  stream?: Stream
}

/**
 * Follows a call while it is measured. A listener runs between two reads and has to be quick: it delays the
 * parsing of what arrived, though not its stamp. An exception from one is a bug and rejects the call. A
 * listener that is absent costs nothing per read or event.
 */
export interface Tap extends WireTap {
  /** The request has been written. */
  onSent?: () => void
  /** An event, and its entry in the timeline. */
  onEvent?: (event: ServerEvent, entry: StreamEvent) => void
}

/** A measured call: the wire's side of it and the stream's. */
export interface Measured {
  exchange: Exchange
  stream: Stream
  /** Whether we closed a connection that the server kept open after the answer. */
  closedByUs: boolean
}

/**
 * Sends a request and measures its answer. Nothing the world does makes it reject: a failure is in the
 * exchange or the stream.
 */
export async function measure(request: WireRequest, parts: MeasureParts): Promise<Measured> {
  const { clock, env, egress, timeouts, dueAt, reuse, signal, socket, tap } = parts
  const { stream = openStream() } = parts
  const deadlines = startDeadlines(timeouts, clock, signal)
  const onEvent = tap?.onEvent
  const listener = listenTo(stream, (event, entry) => {
    if (carriesTokens(entry)) deadlines.token()
    if (stream.finish !== null) deadlines.finished(stream.usage !== null)
    onEvent?.(event, entry)
  })
  const seen = await exchange(request, {
    clock,
    env,
    egress,
    signal: deadlines.signal,
    ...(socket && { socket }),
    ...(tap && { tap }),
    ...(dueAt !== undefined && { dueAt }),
    ...(reuse !== undefined && { reuse }),
    onSent: () => {
      deadlines.sent()
      tap?.onSent?.()
    },
    ...listener,
  }).finally(deadlines.clear)
  closeStream(stream)
  const closedByUs = seen.failure instanceof Answered
  return { exchange: closedByUs ? answered(seen, stream) : seen, stream, closedByUs }
}

/** The exchange of a complete answer whose connection we closed: nothing failed, and the last event was its end. */
function answered(seen: Exchange, { events }: Stream): Exchange {
  const last = events.findLast(({ kind }) => kind !== 'comment')
  return { ...seen, end: seen.reads[last?.read ?? -1] ?? seen.end, failure: null }
}
