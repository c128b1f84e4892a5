import type { JsonObject } from '../core/json.ts'
import { type AnswerForm, deltaOf, makePieces } from './delta.ts'
import { countsOf, type Dialect } from './dialects.ts'
import type { Script, Token } from './script.ts'

/** One event of the stream as text, and its time in ms after the request. */
export interface Frame {
  atMs: number
  kind: 'comment' | 'role' | 'token' | 'finish' | 'usage' | 'done'
  text: string
}

/** The fields specific to one answer. */
export interface Answer {
  id: string
  model: string
  /** Unix time in seconds. */
  created: number
  promptTokens: number
  includeUsage: boolean
  finish: string
  /** Default: `content`. */
  form?: AnswerForm | undefined
}

/** An event without id, model and time. */
interface Chunk {
  atMs: number
  kind: 'role' | 'token' | 'finish' | 'usage'
  body: JsonObject
}

/** The events of an answer in a dialect, in order of time. */
export function makeFrames(script: Script, dialect: Dialect, answer: Answer): Frame[] {
  const { id, model, created } = answer
  const head = { id, object: 'chat.completion.chunk', created, model, ...dialect.always }
  const chunks = [
    ...opening(script, dialect),
    ...body(script, dialect, answer),
    ...closing(script, dialect, answer),
  ]
  const frames = chunks.map(({ atMs, kind, body: rest }, index): Frame => {
    return { atMs, kind, text: write({ ...head, ...(index === 0 ? dialect.first : {}), ...rest }, dialect) }
  })
  const done: Frame = { atMs: script.endMs, kind: 'done', text: event('[DONE]', dialect) }
  const [first, ...rest] = [...comments(script, dialect), ...frames, done]
  return [{ ...first, text: `${dialect.prefix ?? ''}${first.text}` }, ...rest]
}

/** The same answer as one body, for a request without `stream`. */
export function makeCompletion(script: Script, dialect: Dialect, answer: Answer): JsonObject {
  const textOf = (kind: Token['kind']) =>
    script.tokens
      .filter((token) => token.kind === kind)
      .map(({ text }) => text)
      .join('')
  const reasoning = textOf('reasoning')
  const message = {
    role: 'assistant',
    content: textOf('text'),
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
  }
  return {
    id: answer.id,
    object: 'chat.completion',
    created: answer.created,
    model: answer.model,
    ...dialect.always,
    choices: [{ index: 0, message, finish_reason: answer.finish }],
    usage: dialect.usageOf(countsOf(script.tokens, answer.promptTokens)),
  }
}

/** One event as text. */
export const sse = (data: JsonObject): string => `data: ${JSON.stringify(data)}\n\n`

/** One event as text in a dialect. */
const write = (data: JsonObject, dialect: Dialect): string =>
  event(JSON.stringify(data, null, dialect.framing === undefined ? 0 : 1), dialect)

const event = (data: string, { framing }: Dialect): string => framing?.(data) ?? `data: ${data}\n\n`

const choice = (delta: JsonObject, { index = 0 }: Dialect): JsonObject => ({
  choices: [{ index, delta, finish_reason: null }],
})

/** Two comments before the headers, if the dialect sends keep-alives. */
function comments({ headersMs }: Script, { comment }: Dialect): Frame[] {
  if (comment === undefined) return []
  return [headersMs, headersMs].map((atMs) => ({ atMs, kind: 'comment', text: `: ${comment}\n\n` }))
}

function opening({ headersMs }: Script, dialect: Dialect): Chunk[] {
  if (dialect.role !== 'own') return []
  return [{ atMs: headersMs, kind: 'role', body: choice({ role: 'assistant', content: '' }, dialect) }]
}

/** The events with tokens. */
function body(script: Script, dialect: Dialect, answer: Answer): Chunk[] {
  return makePieces(script.tokens, dialect).map((piece, index) => {
    const role = dialect.role === 'every' || (dialect.role === 'first' && index === 0)
    const delta = deltaOf(piece, dialect, answer.form ?? 'content')
    const running = () => dialect.usageOf(countsOf(script.tokens.slice(0, piece.sent), answer.promptTokens))
    const usage = dialect.usage === 'every' ? { usage: running() } : {}
    const chunk = choice({ ...(role ? { role: 'assistant' } : {}), ...delta }, dialect)
    return { atMs: piece.atMs, kind: 'token', body: { ...chunk, ...usage } }
  })
}

/** The finish reason and the usage, in one event or two. */
function closing(script: Script, dialect: Dialect, answer: Answer): Chunk[] {
  const counts = countsOf(script.tokens, answer.promptTokens)
  const wanted = dialect.usageUnasked || answer.includeUsage
  const usage = wanted ? { usage: dialect.usageOf(counts) } : {}
  const last = dialect.last?.(counts)
  const ending = { delta: {}, finish_reason: answer.finish, index: dialect.index ?? 0 }
  const chunk = (kind: Chunk['kind'], more: JsonObject): Chunk => ({ atMs: script.endMs, kind, body: more })
  if (dialect.usage === 'none') return [chunk('finish', { choices: [ending], ...last })]
  if (dialect.usage === 'choice') return [chunk('finish', { choices: [{ ...ending, ...usage }], ...last })]
  const apart = dialect.usage === 'own' || dialect.usage === 'late'
  if (!apart || !wanted) return [chunk('finish', { choices: [ending], ...usage, ...last })]
  const choices = dialect.usage === 'own' ? [] : [ending]
  return [chunk('finish', { choices: [ending] }), chunk('usage', { choices, ...usage, ...last })]
}
