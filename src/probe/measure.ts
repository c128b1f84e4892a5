import type https from 'node:https'
import type { Clock } from '../core/clock.ts'
import type { Timeouts } from '../core/plan.ts'
import { carriesTokens, type StreamEvent } from '../core/timeline.ts'
import type { Usage } from '../core/usage.ts'
import type { ServerEvent } from '../net/body.ts'
import type { Egress } from '../net/egress.ts'
import { type Exchange, exchange, type WireRequest, type WireTap } from '../net/wire.ts'
import { startDeadlines } from './deadlines.ts'
import { openStream, type Stream, takeComment, takeEvent } from './stream.ts'
import { usageOf } from './tokens.ts'

/** How one request is measured. */
export interface MeasureParts {
  clock: Clock
  /** Read for proxies only. */
  env: NodeJS.ProcessEnv
  egress: Egress | 'trusted'
  timeouts: Timeouts
  /** A person's abort. */
  signal?: AbortSignal
  /** Socket options that differ from Node's: `lookup`, `ca`, ... */
  socket?: https.RequestOptions
  tap?: Tap
}

/**
 * Follows a call while it is measured. A listener runs between two reads and has to be quick: it delays the
 * parsing of what arrived, though not its stamp. An exception from one is a bug and rejects the call. A
 * listener that is absent costs nothing per read or event.
 */
export interface Tap extends WireTap {
  /** An event, and its entry in the timeline. */
  onEvent?: (event: ServerEvent, entry: StreamEvent) => void
}

/** A measured call: the wire's side of it, the stream's and the tokens. */
export interface Measured {
  exchange: Exchange
  stream: Stream
  usage: Usage
}

/**
 * Sends a request and measures its answer. Nothing the world does makes it reject: a failure is in the
 * exchange or the stream.
 */
export async function measure(request: WireRequest, parts: MeasureParts): Promise<Measured> {
  const { clock, env, egress, timeouts, signal, socket, tap } = parts
  const stream = openStream()
  const deadlines = startDeadlines(timeouts, signal)
  const take = (event: ServerEvent, read: number): StreamEvent => {
    const entry = takeEvent(stream, event, read)
    if (carriesTokens(entry)) deadlines.token()
    return entry
  }
  const onEvent = tap?.onEvent
  const seen = await exchange(request, {
    clock,
    env,
    egress,
    signal: deadlines.signal,
    ...(socket && { socket }),
    ...(tap && { tap }),
    onSent: deadlines.sent,
    onEvent: onEvent
      ? (event, read) => {
          onEvent(event, take(event, read))
          return stream.done
        }
      : (event, read) => {
          take(event, read)
          return stream.done
        },
    onComment: (read) => {
      takeComment(stream, read)
    },
  }).finally(deadlines.clear)
  return { exchange: seen, stream, usage: await usageOf(stream) }
}
