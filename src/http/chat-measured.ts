import { z } from 'zod'
import type { ProxyRecord } from '../core/proxy-record.ts'
import { toColumns } from '../store/columns.ts'
import { proxyRequest } from '../store/proxy-codec.ts'
import { json, text } from '../store/read-codec.ts'

/** What was sent, without its messages. */
const askedChat = z.object({
  url: z.string(),
  /** The variable that may hold the key; null if none was sent. */
  key_name: text,
  parameters: z.record(z.string(), json),
})
export type AskedChat = z.infer<typeof askedChat>

/** What was measured of an answer: a request of the proxy, and how it was asked. */
export const measuredChat = proxyRequest.extend({ request: askedChat }).meta({ id: 'MeasuredChat' })

/** What is known of an answer that is over. */
export const toMeasured = ({ request, record }: Answered<ProxyRecord>): z.infer<typeof measuredChat> =>
  measuredChat.parse({ ...toColumns(record), source: 'proxy', request })

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
