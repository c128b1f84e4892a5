import type { JsonObject } from '../core/json.ts'
import type { Dialect } from './dialects.ts'
import type { Token } from './script.ts'

/** The part of an answer in one event. */
export interface Piece {
  atMs: number
  kind: Token['kind']
  text: string
  /** Tokens sent up to and including it. */
  sent: number
  /** Whether it is the first of its kind; and whether reasoning came just before it. */
  begins: boolean
  afterThought: boolean
  /** All text of its kind so far, including its own. */
  whole: string
}

/** The form of the answer itself. */
export type AnswerForm = 'content' | 'refusal' | 'tool_calls'

/** The tokens as a dialect groups them: several to an event, or several events to a token. */
export function makePieces(tokens: readonly Token[], dialect: Dialect): Piece[] {
  const whole = { reasoning: '', text: '' }
  const pieces: Piece[] = []
  let sent = 0
  for (const group of groupTokens(tokens, dialect.tokensPerEvent)) {
    const [{ kind, atMs } = { kind: 'text' as const, atMs: 0 }] = group
    sent += group.length
    for (const text of split(group.map((token) => token.text).join(''), dialect.eventsPerToken ?? 1)) {
      const before = pieces.at(-1)?.kind
      const about = { begins: before !== kind, afterThought: kind === 'text' && before === 'reasoning' }
      whole[kind] += text
      pieces.push({ atMs, kind, text, sent, ...about, whole: whole[kind] })
    }
  }
  return pieces.filter((piece, index) => isStreamed(piece, index, dialect))
}

/** Runs of tokens of one kind, at most `most` to an event. */
function groupTokens(tokens: readonly Token[], most: number): Token[][] {
  const groups: Token[][] = []
  for (const token of tokens) {
    const last = groups.at(-1)
    if (last && last.length < most && last[0]?.kind === token.kind) last.push(token)
    else groups.push([token])
  }
  return groups
}

/** A text in this many parts of about equal size, or fewer if it is too short. */
function split(text: string, parts: number): string[] {
  const size = Math.max(1, Math.ceil(text.length / parts))
  return Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
    text.slice(index * size, (index + 1) * size),
  )
}

/** A summary contains one thought of eight, and hidden reasoning none. */
const isStreamed = ({ kind }: Piece, index: number, { reasoning }: Dialect): boolean =>
  kind === 'text' || (reasoning === 'summary' ? index % 8 === 0 : reasoning !== 'hidden')

/** The delta with a piece. */
export function deltaOf(piece: Piece, dialect: Dialect, form: AnswerForm): JsonObject {
  if (piece.kind === 'reasoning') return thoughtIn[dialect.reasoning ?? 'reasoning_content'](piece)
  const { text, begins, afterThought } = piece
  if (form === 'refusal') return { refusal: text }
  if (form === 'tool_calls') {
    const call = begins ? { id: 'call_synthetic', type: 'function' } : {}
    const named = begins ? { name: 'answer' } : {}
    return { tool_calls: [{ index: 0, ...call, function: { ...named, arguments: text } }] }
  }
  return { content: dialect.reasoning === 'think' && afterThought ? `\n</think>\n\n${text}` : text }
}

const details = (detail: JsonObject): JsonObject => ({
  content: '',
  reasoning_details: [{ index: 0, ...detail }],
})

/** A thought in each of the fields it may be in. */
const thoughtIn: Record<NonNullable<Dialect['reasoning']>, (piece: Piece) => JsonObject> = {
  reasoning_content: ({ text }) => ({ content: null, reasoning_content: text }),
  reasoning: ({ text }) => ({ content: null, reasoning: text }),
  think: ({ text, begins }) => ({ content: begins ? `<think>\n${text}` : text }),
  parts: ({ text }) => ({ content: [{ type: 'thinking', thinking: [{ type: 'text', text }] }] }),
  details: ({ text }) => ({ ...details({ type: 'reasoning.text', text }), reasoning: text }),
  cumulative: ({ whole }) => details({ type: 'reasoning.text', text: whole }),
  summary: ({ text }) => details({ type: 'reasoning.summary', summary: text }),
  hidden: () => ({}),
}
