import { asObject } from '../core/json.ts'
import type { EventKind, StreamEvent } from '../core/timeline.ts'
import type { ReasoningForm } from '../core/usage.ts'
import type { ServerEvent } from '../net/body.ts'
import { type Chunk, firstIndex, parseJson, readChunk } from './chunk.ts'

/** The state of a stream: its events so far and their combined content. */
export interface Stream {
  events: StreamEvent[]
  /** Answer text verbatim, including inline `<think>` blocks. */
  text: string
  reasoning: string
  /** Names and arguments of tool calls, and refusals. */
  other: string
  form: ReasoningForm
  finish: string | null
  /** Verbatim from the provider: the last usage, the first error, the timings. */
  usage: Record<string, unknown> | null
  error: Record<string, unknown> | null
  timings: Record<string, unknown> | null
  model: string | null
  id: string | null
  /** Whether `[DONE]` arrived. */
  done: boolean
  /** Whether an event was not JSON; and whether the last one was not because the body ended within it. */
  broken: boolean
  cut: boolean
  /** The index of the choice to read: the first to arrive. */
  choice: number | null
  /** Whether the answer text is before, inside or after an inline `<think>` block. */
  thinking: 'maybe' | 'inside' | 'over'
  /** The last characters inside the block, where a closing tag may have begun. */
  carry: string
}

/** A stream without events yet. */
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

/** Adds an event completed by the read of this index, and returns its timeline entry. */
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

/** Adds a comment, which only appears in the timeline. */
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
  const reasoning = newReasoning(stream.reasoning, chunk)
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

/** Keeps the latest of each; of errors the first, because the others are its consequence. */
function keepLatest(stream: Stream, chunk: Chunk): void {
  stream.error ??= chunk.error
  stream.finish = chunk.finish ?? stream.finish
  stream.usage = chunk.usage ?? stream.usage
  stream.model = chunk.model ?? stream.model
  stream.id ??= chunk.id
  if (chunk.timings !== null) stream.timings = { ...stream.timings, ...chunk.timings }
}

/** The new part of a chunk's reasoning. */
const newReasoning = (before: string, { reasoning, cumulative }: Chunk): string =>
  cumulative && before !== '' && reasoning.startsWith(before) ? reasoning.slice(before.length) : reasoning

const opening = '<think>'
const closing = '</think>'

/**
 * The number of characters of this answer text inside an inline `<think>` block, tags included. Only a block
 * at the very beginning counts.
 */
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
  // At most this much of a tag has arrived: searching the whole text for every piece would be quadratic.
  stream.carry = seen.slice(1 - closing.length)
  if (end === -1) return piece.length
  stream.thinking = 'over'
  return Math.min(piece.length, end + closing.length - before.length)
}

/** Text so far turned out to be pieces of the opening tag. */
function beginThinking(stream: Stream): void {
  stream.thinking = 'inside'
  for (const event of stream.events.filter(({ text }) => text > 0)) {
    event.reasoning += event.text
    event.text = 0
    event.kind = 'reasoning'
  }
}

/** The first kind that applies to the event. */
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
