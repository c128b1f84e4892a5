import type { JsonObject } from '../core/json.ts'
import { countsOf, type Dialect } from './dialects.ts'
import type { Script, Token } from './script.ts'

/** One event of the stream as text, and when it is due, in ms after the request. */
export interface Frame {
  atMs: number
  kind: 'comment' | 'role' | 'token' | 'finish' | 'usage' | 'done'
  text: string
}

/** What makes one answer's events its own. */
export interface Answer {
  id: string
  model: string
  /** Unix time in seconds. */
  created: number
  promptTokens: number
  includeUsage: boolean
  finish: string
}

/** An event before it has its id, model and time. */
interface Chunk {
  atMs: number
  kind: 'role' | 'token' | 'finish' | 'usage'
  body: JsonObject
}

/** The events of an answer in a dialect, in the order they are due. */
export function makeFrames(script: Script, dialect: Dialect, answer: Answer): Frame[] {
  const { id, model, created } = answer
  const head = { id, object: 'chat.completion.chunk', created, model, ...dialect.always }
  const chunks = [
    ...opening(script, dialect),
    ...body(script, dialect, answer),
    ...closing(script, dialect, answer),
  ]
  const frames = chunks.map(({ atMs, kind, body: rest }, index): Frame => {
    return { atMs, kind, text: sse({ ...head, ...(index === 0 ? dialect.first : {}), ...rest }) }
  })
  return [
    ...comments(script, dialect),
    ...frames,
    { atMs: script.endMs, kind: 'done', text: 'data: [DONE]\n\n' },
  ]
}

/** The same answer in one piece, for a request without `stream`. */
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

const choice = (delta: JsonObject): JsonObject => ({
  choices: [{ index: 0, delta, finish_reason: null }],
})

/** Two comments on the way to the headers, where the dialect keeps a waiting client company. */
function comments({ headersMs }: Script, { comment }: Dialect): Frame[] {
  if (comment === undefined) return []
  return [headersMs, headersMs].map((atMs) => ({ atMs, kind: 'comment', text: `: ${comment}\n\n` }))
}

const opening = ({ headersMs }: Script, { role }: Dialect): Chunk[] =>
  role === 'own' ? [{ atMs: headersMs, kind: 'role', body: choice({ role: 'assistant', content: '' }) }] : []

/** The events that carry tokens. */
function body(script: Script, dialect: Dialect, answer: Answer): Chunk[] {
  const groups = groupTokens(script.tokens, dialect.tokensPerEvent)
  let sent = 0
  return groups.map((tokens, index) => {
    sent += tokens.length
    const role = dialect.role === 'every' || (dialect.role === 'first' && index === 0)
    const delta = { ...(role ? { role: 'assistant' } : {}), ...deltaOf(tokens, dialect, groups[index - 1]) }
    const running = () => dialect.usageOf(countsOf(script.tokens.slice(0, sent), answer.promptTokens))
    const usage = dialect.usage === 'every' ? { usage: running() } : {}
    return { atMs: tokens[0]?.atMs ?? 0, kind: 'token', body: { ...choice(delta), ...usage } }
  })
}

/** Runs of tokens of one kind, at most so many to an event. */
function groupTokens(tokens: readonly Token[], most: number): Token[][] {
  const groups: Token[][] = []
  for (const token of tokens) {
    const last = groups.at(-1)
    if (last && last.length < most && last[0]?.kind === token.kind) last.push(token)
    else groups.push([token])
  }
  return groups
}

function deltaOf(
  tokens: readonly Token[],
  dialect: Dialect,
  before: readonly Token[] | undefined,
): JsonObject {
  const text = tokens.map((token) => token.text).join('')
  const thoughtBefore = before?.[0]?.kind === 'reasoning'
  const inline = dialect.reasoning === 'think'
  if (tokens[0]?.kind !== 'reasoning')
    return { content: inline && thoughtBefore ? `\n</think>\n\n${text}` : text }
  if (inline) return { content: thoughtBefore ? text : `<think>\n${text}` }
  if (dialect.reasoning === 'parts')
    return { content: [{ type: 'thinking', thinking: [{ type: 'text', text }] }] }
  return { content: null, [dialect.reasoning ?? 'reasoning_content']: text }
}

/** The finish reason and the usage, in one event or two. */
function closing(script: Script, dialect: Dialect, answer: Answer): Chunk[] {
  const counts = countsOf(script.tokens, answer.promptTokens)
  const wanted = dialect.usageUnasked || answer.includeUsage
  const usage = wanted ? { usage: dialect.usageOf(counts) } : {}
  const last = dialect.last?.(counts)
  const ending = { delta: {}, finish_reason: answer.finish, index: 0 }
  const chunk = (kind: Chunk['kind'], more: JsonObject): Chunk => ({ atMs: script.endMs, kind, body: more })
  if (dialect.usage === 'choice') return [chunk('finish', { choices: [{ ...ending, ...usage }], ...last })]
  if (dialect.usage !== 'own' || !wanted) return [chunk('finish', { choices: [ending], ...usage, ...last })]
  return [chunk('finish', { choices: [ending] }), chunk('usage', { choices: [], ...usage, ...last })]
}
