import { stampField } from '../core/calibration.ts'
import { machineClock } from '../core/clock.ts'
import { carriesTokens } from '../core/timeline.ts'
import { egressTo } from '../net/egress.ts'
import { measure } from './measure.ts'
import type { ProbeParts } from './probe.ts'
import type { Call } from './request.ts'
import { buildRequest } from './sdk.ts'

/** How late one stream's arrivals were stamped. */
export interface Lateness {
  /** For every event with tokens: our stamp less the server's, in ms. The first is the error of TTFT. */
  lateMs: number[]
  /** Why the stream had no proper end; null if it had one. */
  failure: string | null
}

/**
 * Makes a call as a probe does, to a server that stamps each event with the time of its write (`stampField`),
 * and compares these with the arrivals. The other end of TTFT, t0, is exact by definition: the moment we
 * begin to send.
 */
export async function measureLateness(
  call: Call,
  { env, signal, egressAllow, stream: filled }: Pick<ProbeParts, 'env' | 'signal' | 'egressAllow' | 'stream'>,
): Promise<Lateness> {
  const sent: { atMs: number; read: number }[] = []
  const { exchange, stream } = await measure(await buildRequest(call), {
    clock: machineClock,
    env,
    egress: egressTo(call.provider, egressAllow),
    timeouts: call.settings.timeouts,
    ...(signal && { signal }),
    ...(filled && { stream: filled }),
    tap: {
      onEvent: ({ data }, entry) => {
        if (carriesTokens(entry)) sent.push({ atMs: stampIn(data), read: entry.read })
      },
    },
  })
  const lateMs = sent.map(({ atMs, read }) => exchange.t0 + (exchange.reads[read] ?? NaN) - atMs)
  const failure = exchange.failure?.message ?? (stream.done ? null : `HTTP ${exchange.status}, no [DONE]`)
  return { lateMs, failure }
}

/**
 * The stamp in an event; NaN if it has none. Searched as text: parsing the JSON again would delay the next
 * event.
 */
function stampIn(data: string): number {
  const at = data.indexOf(stampField)
  const from = at + stampField.length
  return at === -1 ? NaN : Number.parseFloat(data.slice(from, from + 24))
}
