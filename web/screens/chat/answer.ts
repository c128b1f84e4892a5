import type { ChatRequest } from '../../api/chat.ts'
import type { Answer as Answered } from '../../api/client.ts'
import type { Piece } from './events.ts'

/** What the server has measured of an answer. */
export type Measured = Answered<'GET /api/v1/chat/{id}'>

/** Why there is no answer, or no more of it. */
export interface Failure {
  /** Of the provider, or of ours; null if the connection broke. */
  status: number | null
  /** What kind of error, as whoever refused calls it. */
  kind: string | null
  message: string
}

/** An answer as far as it has come. Times are ms of this page's clock. */
export interface Answer {
  /** Tells it from others that were asked for in its place. */
  key: number
  /** Who answers: `provider/model`, or `own`. */
  model: string
  /** What it was asked. */
  messages: ChatRequest['messages']
  state: 'waiting' | 'streaming' | 'done' | 'stopped' | 'failed'
  text: string
  reasoning: string
  failure: Failure | null
  askedAt: number
  firstAt: number | null
  lastAt: number | null
  /** Events with text or reasoning, each about a token. */
  events: number
  /** What the server calls it; null until its head has come. */
  id: string | null
  measured: Measured | null
}

export const asked = (
  { key, model, messages }: Pick<Answer, 'key' | 'model' | 'messages'>,
  at: number,
): Answer => ({
  key,
  model,
  messages,
  state: 'waiting',
  text: '',
  reasoning: '',
  failure: null,
  askedAt: at,
  firstAt: null,
  lastAt: null,
  events: 0,
  id: null,
  measured: null,
})

/** Whether more may come. */
export const isOpen = ({ state }: Answer): boolean => state === 'waiting' || state === 'streaming'

/** An answer with what an event brought. */
export function withPiece(answer: Answer, { text, reasoning, error }: Piece, at: number): Answer {
  if (error !== null)
    return {
      ...answer,
      state: 'failed',
      failure: { status: null, kind: 'error in the stream', message: error },
    }
  if (text === '' && reasoning === '') return answer
  return {
    ...answer,
    state: 'streaming',
    text: answer.text + text,
    reasoning: answer.reasoning + reasoning,
    firstAt: answer.firstAt ?? at,
    lastAt: at,
    events: answer.events + 1,
  }
}

/** TTFT and speed as this page sees them: an event counts as a token, and the first one begins the time of the others. */
export function seen({ askedAt, firstAt, lastAt, events }: Answer) {
  const span = firstAt === null || lastAt === null ? 0 : lastAt - firstAt
  return {
    ttftMs: firstAt === null ? null : firstAt - askedAt,
    tps: span > 0 && events > 1 ? ((events - 1) / span) * 1000 : null,
  }
}
