import { stampField } from '../core/calibration.ts'
import { machineClock } from '../core/clock.ts'
import { carriesTokens } from '../core/timeline.ts'
import { exchange } from '../net/wire.ts'
import { startDeadlines } from './deadlines.ts'
import { type Call, egressOf, type ProbeParts } from './probe.ts'
import { buildRequest } from './sdk.ts'
import { openStream, takeEvent } from './stream.ts'

/** How late the arrivals of one stream were stamped. */
export interface Lateness {
  /** For every event with tokens: our stamp less the server's, in ms. The first is the error of TTFT. */
  lateMs: number[]
  /** Why the stream came to no proper end; null where it did. */
  failure: string | null
}

/**
 * Makes a call the way a probe does, to a server that writes into each event when it wrote it (`stampField`), and compares
 * that with the arrivals. At its other end TTFT is exact by definition: t0 is the moment at which we begin to send.
 */
export async function measureLateness(
  call: Call,
  parts: Pick<ProbeParts, 'env' | 'signal' | 'egressAllow'>,
): Promise<Lateness> {
  const { env, signal } = parts
  const egress = egressOf(call, parts)
  const request = await buildRequest(call)
  const stream = openStream()
  const sent: { atMs: number; read: number }[] = []
  const deadlines = startDeadlines(call.settings.timeouts, signal)
  const seen = await exchange(request, {
    clock: machineClock,
    env,
    signal: deadlines.signal,
    onSent: deadlines.sent,
    ...(egress && { egress }),
    onEvent: (event, read) => {
      if (carriesTokens(takeEvent(stream, event, read))) {
        deadlines.token()
        sent.push({ atMs: stampIn(event.data), read })
      }
      return stream.done
    },
    onComment: () => {},
  }).finally(deadlines.clear)
  const lateMs = sent.map(({ atMs, read }) => seen.t0 + (seen.reads[read] ?? NaN) - atMs)
  const failure = seen.failure?.message ?? (stream.done ? null : `HTTP ${seen.status}, no [DONE]`)
  return { lateMs, failure }
}

/** The stamp in an event; NaN where it has none. Looked for as text: parsing it all once more would be late for the next event. */
function stampIn(data: string): number {
  const at = data.indexOf(stampField)
  const from = at + stampField.length
  return at === -1 ? NaN : Number.parseFloat(data.slice(from, from + 24))
}
