import type { z } from 'zod'
import type * as proxy from './proxy-codec.ts'

type Answer<Schema extends z.ZodType> = Promise<z.output<Schema>>

/** Whose traffic, and when; what is null or left out is not filtered by. */
interface OfTraffic {
  provider?: string | null
  /** The model that was asked for. */
  model?: string | null
  client?: string | null
  /** Real traffic alone (false), synthetic alone (true), or both. */
  synthetic?: boolean | null
  since?: Date | null
  until?: Date | null
}

/** What the proxy measured of traffic that passed through it. Nothing of it is among results of probes. */
export interface ProxyStore {
  /**
   * Records requests, some hundred at most, with the texts of some, and adds the new ones to their minutes. Those whose values
   * the database does not take are named and keep none of the others out. May be repeated.
   */
  recordProxyRequests: (input: proxy.MeasuredRequests) => Answer<typeof proxy.recordedRequests>
  /** Single requests by filters, newest first. */
  listProxyRequests: (
    input: OfTraffic & {
      success?: boolean | null
      errorKind?: string | null
      stream?: boolean | null
      after?: string | null
      limit?: number
    },
  ) => Answer<typeof proxy.proxyRequestPage>
  /** What was asked and answered in a request; null if it was not kept, or is not any more. */
  readProxyText: (input: { id: string }) => Promise<z.output<typeof proxy.proxyText> | null>
  /** Traffic by provider and model, and by what else is asked for; of the last 24 hours if no time is given. */
  readProxyTraffic: (
    input: OfTraffic & { by?: readonly proxy.TrafficGrain[] | null; limit?: number },
  ) => Answer<typeof proxy.proxyTraffic>
  /** The traffic of a model, or of that of a target, beside the probes of it; by whole hours. */
  compareTraffic: (input: {
    targetId?: string | null
    provider?: string | null
    model?: string | null
    since?: Date | null
    until?: Date | null
  }) => Answer<typeof proxy.trafficComparison>
}
