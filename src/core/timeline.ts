import type { ReasoningForm } from './usage.ts'

/** What an event of a stream may carry. */
export const eventKinds = [
  'text',
  'reasoning',
  'tool',
  'refusal',
  'error',
  'finish',
  'usage',
  'role',
  'done',
  'comment',
  'other',
] as const

/** What one stream event carried. If it carried several things, the first that applies. */
export type EventKind = (typeof eventKinds)[number]

/** One event of the stream. Characters are UTF-16 code units; an event without tokens has none. */
export interface StreamEvent {
  /** Index into `reads` of the socket read that completed this event. */
  read: number
  kind: EventKind
  /** Characters of answer text. */
  text: number
  /** Characters of reasoning, full or summarized. */
  reasoning: number
  /** Characters of tool calls and refusals. */
  other: number
}

/**
 * The raw timestamps of one probe, from which every metric is derived, now or under a later formula. Stamps
 * are milliseconds after t0, the moment the request was sent on its open socket; if it was never sent, the
 * moment we began to connect.
 */
export interface Timeline {
  /** Phases of opening the socket, in ms; null if there was none (an IP address, plain http, a proxy). */
  dnsMs: number | null
  tcpMs: number | null
  tlsMs: number | null
  /** From the first step of connecting to a usable socket, in ms; null if it never was usable. */
  connectMs: number | null
  /** Stamp of the read that brought the response headers; null without a response. */
  headers: number | null
  /** Stamp and size in bytes of every socket read. */
  reads: number[]
  bytes: number[]
  events: StreamEvent[]
  /** The form of reasoning the stream declared. */
  reasoningForm: ReasoningForm
  /** End of stream: `[DONE]`, else the close, else the moment of failure. */
  end: number
}

/** Whether the event carried tokens, and thus moves t_first and t_last. */
export const carriesTokens = (event: StreamEvent): boolean => event.text + event.reasoning + event.other > 0
