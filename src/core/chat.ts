import type { JsonObject } from './json.ts'
import type { TargetParameters } from './plan.ts'
import type { ConfiguredProvider } from './provider.ts'
import type { ProxyRecord } from './proxy-record.ts'

/** How a model is to answer; null leaves it to the model. */
export interface Wanted extends Pick<TargetParameters, 'reasoning'> {
  maxTokens: number | null
  temperature: number | null
}

/** A conversation that a model is to go on with. */
export interface Chat {
  /** A UUID, for its record and the header `x-firsttoken-id`. */
  id: string
  upstream: { provider: ConfiguredProvider; model: string }
  messages: readonly { role: 'system' | 'user' | 'assistant'; content: string }[]
  wanted: Wanted
  /** Whether its record is kept; otherwise whoever asked is alone in having it. */
  isKept: boolean
}

/** An answer that has begun. */
export interface SentChat {
  /** What was sent beside model and messages. */
  parameters: JsonObject
  /** What was measured, once both sides are over. */
  record: Promise<ProxyRecord>
}
