import { asObject } from '../core/json.ts'
import type { EventKind, StreamEvent } from '../core/timeline.ts'
import type { ReasoningForm } from '../core/usage.ts'
import type { ServerEvent } from '../net/body.ts'
import { type Chunk, firstIndex, parseJson, readChunk } from './chunk.ts'

/** What a stream has said so far, event by event and as a whole. */
export interface Stream {
  events: StreamEvent[]
  /** Answer text as it came, inline `<think>` blocks included. */
  text: string
  reasoning: string
  /** Names and arguments of tool calls, and refusals. */
  other: string
  form: ReasoningForm
  finish: string | null
  /** The provider's own words, as they came: the last usage, the first error, the timings. */
  usage: Record<string, unknown> | null
  error: Record<string, unknown> | null
  timings: Record<string, unknown> | null
  model: string | null
  id: string | null
  /** `[DONE]` was seen. */
  done: boolean
  /** An event was no JSON; the last one was none because the body ended within it. */
  broken: boolean
  cut: boolean
  /** The index of the choice that counts: the first that came. */
  choice: number | null
  /** Where the answer text stands: before, inside or after an inline `<think>` block. */
  thinking: 'maybe' | 'inside' | 'over'
  /** The end of what stands inside it: where a closing tag may have begun. */
  carry: string
}

/** Nothing seen yet. */
export const openStream = (): Stream => ({
  events: [],
  text: '',
  reasoning: '',
  other: '',
  form: 'none',
  finish: null,
  usage: null,
  error: null,
  timings: null,
  model: null,
  id: null,
  done: false,
  broken: false,
  cut: false,
  choice: null,
  thinking: 'maybe',
  carry: '',
})

/** Takes an event that was complete with the read of this index, and returns what it carried. */
export function takeEvent(stream: Stream, message: ServerEvent, read: number): StreamEvent {
  const { data, event } = message
  const taken = data.trim() === '[DONE]' ? takeDone(stream, read) : takeData(stream, message, read)
  if (event === 'error' && stream.error === null) {
    stream.error = asObject(parseJson(data)) ?? { message: data }
    taken.kind = 'error'
  }
  stream.events.push(taken)
  return taken
}

/** Takes a comment: it stands in the timeline and has no other consequence. */
export function takeComment(stream: Stream, read: number): void {
  stream.events.push({ read, kind: 'comment', text: 0, reasoning: 0, other: 0 })
}

function takeDone(stream: Stream, read: number): StreamEvent {
  stream.done = true
  return { read, kind: 'done', text: 0, reasoning: 0, other: 0 }
}

function takeData(stream: Stream, { data, cut }: ServerEvent, read: number): StreamEvent {
  const body = parseJson(data)
  if (body === null && data.trim() !== '') stream[cut ? 'cut' : 'broken'] = true
  stream.choice ??= firstIndex(body)
  const chunk = readChunk(body, stream.choice ?? 0)
  const reasoning = news(stream.reasoning, chunk)
  const thought = thoughtIn(stream, chunk.text)
  stream.text += chunk.text
  stream.reasoning += reasoning
  stream.other += chunk.tool + chunk.refusal
  if (chunk.reasoningForm === 'summary') stream.form = 'summary'
  else if (reasoning.length + thought > 0 && stream.form === 'none') stream.form = 'full'
  keepLatest(stream, chunk)
  return {
    read,
    kind: kindOf(chunk, thought),
    text: chunk.text.length - thought,
    reasoning: reasoning.length + thought,
    other: chunk.tool.length + chunk.refusal.length,
  }
}

/** The last that is known of each; of errors the first, since what follows is its consequence. */
function keepLatest(stream: Stream, chunk: Chunk): void {
  stream.error ??= chunk.error
  stream.finish = chunk.finish ?? stream.finish
  stream.usage = chunk.usage ?? stream.usage
  stream.model = chunk.model ?? stream.model
  stream.id ??= chunk.id
  if (chunk.timings !== null) stream.timings = { ...stream.timings, ...chunk.timings }
}

/** What is new in the reasoning of a chunk. */
const news = (before: string, { reasoning, cumulative }: Chunk): string =>
  cumulative && before !== '' && reasoning.startsWith(before) ? reasoning.slice(before.length) : reasoning

const opening = '<think>'
const closing = '</think>'

/** How many characters of this piece of answer text are an inline `<think>` block, tags included. Only a block at the very beginning is one. */
function thoughtIn(stream: Stream, piece: string): number {
  if (stream.thinking === 'over' || piece === '') return 0
  let before = stream.carry
  if (stream.thinking === 'maybe') {
    before = stream.text
    const begun = (before + piece).trimStart()
    if (begun.startsWith(opening)) beginThinking(stream)
    else {
      if (!opening.startsWith(begun)) stream.thinking = 'over'
      return 0
    }
  }
  const seen = before + piece
  const end = seen.indexOf(closing)
  // Only this much of a tag can have come: to look through the whole text for every piece would be quadratic.
  stream.carry = seen.slice(1 - closing.length)
  if (end === -1) return piece.length
  stream.thinking = 'over'
  return Math.min(piece.length, end + closing.length - before.length)
}

/** What passed for text until now was the opening tag in pieces. */
function beginThinking(stream: Stream): void {
  stream.thinking = 'inside'
  for (const event of stream.events.filter(({ text }) => text > 0)) {
    event.reasoning += event.text
    event.text = 0
    event.kind = 'reasoning'
  }
}

/** The first of these that the event carried. */
function kindOf(chunk: Chunk, thought: number): EventKind {
  if (chunk.text.length > thought) return 'text'
  if (chunk.reasoning !== '' || thought > 0) return 'reasoning'
  if (chunk.tool !== '') return 'tool'
  if (chunk.refusal !== '') return 'refusal'
  if (chunk.error) return 'error'
  if (chunk.finish) return 'finish'
  if (chunk.usage) return 'usage'
  return chunk.role ? 'role' : 'other'
}
