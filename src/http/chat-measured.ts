import { z } from 'zod'
import { errorKinds, type ErrorKind } from '../core/outcome.ts'
import type { ProxyRecord } from '../core/proxy-record.ts'
import { json } from '../store/read-codec.ts'

const text = z.string().nullable()
const figure = z.number().nullable()
const count = z.int().nullable()

/** What was sent, without its messages. */
const askedChat = z.object({
  url: z.string(),
  /** The variable that may hold the key; null if none was sent. */
  key_name: text,
  parameters: z.record(z.string(), json),
})
export type AskedChat = z.infer<typeof askedChat>

/** What was measured of an answer. Times are ms; metrics are those of a probe; null: unknown, or it did not happen. */
export const measuredChat = z
  .object({
    id: z.uuid(),
    request: askedChat,
    received_at: z.iso.datetime(),
    provider: z.string(),
    host: z.string(),
    model_asked: z.string(),
    model_answered: text,
    /** The status that the page got, and that of the upstream. */
    status: count,
    upstream_status: count,
    success: z.boolean(),
    error_kind: z.enum(Object.keys(errorKinds) as ErrorKind[]).nullable(),
    error_code: text,
    /** Set if it was stopped: the phase in which it was. */
    client_left: z.enum(['body', 'connecting', 'headers', 'first_token', 'streaming', 'paused']).nullable(),
    finish_reason: text,
    connect_ms: figure,
    ttfb_ms: figure,
    ttft_ms: figure,
    ttfa_ms: figure,
    tps: figure,
    itl_p50_ms: figure,
    total_latency_ms: z.number(),
    /** What we added before the request was sent, and at the first token. */
    overhead_before_ms: figure,
    overhead_first_ms: figure,
    input_tokens: count,
    output_tokens: count,
    reasoning_tokens: count,
    cached_tokens: count,
    token_source: z.enum(['usage', 'tokenizer', 'events']).nullable(),
    cost_usd: figure,
    timing_quality: z.enum(['ok', 'degraded', 'untrusted']),
    timing_reasons: z.array(z.string()),
  })
  .meta({ id: 'MeasuredChat' })

/** How many are remembered, and for how long, in ms. */
const most = 200
const rememberedMs = 15 * 60_000

/** An answer, and how it was asked for. */
interface Answered<Record> {
  request: AskedChat
  record: Record
}

/** Remembers what is measured of answers, for whoever asks soon. `now` is monotonic, in ms. */
export function rememberChats(now: () => number) {
  const answers = new Map<string, Answered<Promise<ProxyRecord>> & { until: number }>()
  const prune = () => {
    for (const [id, { until }] of answers) if (until <= now() || answers.size > most) answers.delete(id)
  }
  return {
    add: (id: string, answer: Answered<Promise<ProxyRecord>>): void => {
      answers.set(id, { ...answer, until: now() + rememberedMs })
      prune()
    },
    /** Waits until the answer is over; null if nothing is known of it. */
    get: async (id: string): Promise<Answered<ProxyRecord> | null> => {
      prune()
      const found = answers.get(id)
      return found === undefined ? null : { request: found.request, record: await found.record }
    },
  }
}
