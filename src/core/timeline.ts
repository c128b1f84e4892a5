import type { ReasoningForm } from './usage.ts'

/** What one stream event carried. One event may carry several things; it is named after the first that applies. */
export type EventKind =
  | 'text'
  | 'reasoning'
  | 'tool'
  | 'refusal'
  | 'error'
  | 'finish'
  | 'usage'
  | 'role'
  | 'done'
  | 'comment'
  | 'other'

/** One event of the stream. Characters are counted in UTF-16 units; an event that moves no token clock has none. */
export interface StreamEvent {
  /** Index into `reads` of the socket read that completed this event. */
  read: number
  kind: EventKind
  /** Characters of answer text. */
  text: number
  /** Characters of reasoning, full or summarised. */
  reasoning: number
  /** Characters of tool calls and refusals. */
  other: number
}

/**
 * The raw timestamps of one probe: what every metric is derived from, now or under a later formula.
 * Stamps are milliseconds after t0, the moment the request was sent on its open socket; where the request was
 * never sent, t0 is the moment we began to connect.
 */
export interface Timeline {
  /** Phases of opening the socket, in ms; null where there was none (an IP address, plain http, a proxy). */
  dnsMs: number | null
  tcpMs: number | null
  tlsMs: number | null
  /** From the first step of connecting to a usable socket, in ms; null when it never became one. */
  connectMs: number | null
  /** Stamp of the read that brought the response headers; null without a response. */
  headers: number | null
  /** Stamp and size in bytes of every socket read. */
  reads: number[]
  bytes: number[]
  events: StreamEvent[]
  /** What the stream said its reasoning was. */
  reasoningForm: ReasoningForm
  /** End of stream: `[DONE]`, else the close, else the moment the failure was known. */
  end: number
}

/** Whether this event carried tokens, and so moves t_first and t_last. */
export const carriesTokens = (event: StreamEvent): boolean => event.text + event.reasoning + event.other > 0
