import { asObject, parseJson } from '../core/json.ts'
import { carriesTokens, type EventKind, type StreamEvent } from '../core/timeline.ts'
import type { ReasoningForm } from '../core/usage.ts'
import type { ServerEvent } from '../net/events.ts'
import type { WireParts } from '../net/wire.ts'
import { errorInText, reportIn } from './error-envelope.ts'
import { type Chunk, firstIndex, readChunk } from './chunk.ts'
import { type FinishMeaning, meaningOf } from './finish-reasons.ts'
import { thoughtLength } from './inline-thinking.ts'
import { fromJson, type ProviderError } from './provider-error.ts'
import type { Reasoning } from './reasoning.ts'
import { mergeUsage } from './usage.ts'

/** A finish reason: the provider's word and what it means. */
interface Finish {
  reason: string
  meaning: FinishMeaning
}

/** The state of a stream: its events so far and their combined content. */
export interface Stream {
  events: StreamEvent[]
  /** Answer text verbatim, including inline thinking. */
  text: string
  reasoning: string
  /** Names and arguments of tool calls, and refusals. */
  other: string
  form: ReasoningForm
  /** The last finish reason, if no token came after it. */
  finish: Finish | null
  /** How often a word that is no finish reason stood in its place. */
  unknownFinishes: Map<string, number>
  /** How often tokens came after a finish reason. */
  resumed: number
  /** From the provider: the merged usage, the first error, the timings. */
  usage: Record<string, unknown> | null
  error: ProviderError | null
  timings: Record<string, unknown> | null
  model: string | null
  id: string | null
  /** Whether `[DONE]` arrived. */
  done: boolean
  /** Whether an event was not JSON; and whether the last one was not because the body ended within it. */
  broken: boolean
  cut: boolean
  /** What was read last that is neither an event with JSON nor a comment. */
  unread: string
  /** Whether `unread` goes on: nothing else came after it. */
  unreadOpen: boolean
  /** The index of the choice to read: the first to arrive. */
  choice: number | null
  /** Characters at the beginning of the text that the provider marked as a thought. */
  flagged: number
}

/** A stream without events yet. */
export const openStream = (): Stream => ({
  events: [],
  text: '',
  reasoning: '',
  other: '',
  form: 'none',
  finish: null,
  unknownFinishes: new Map(),
  resumed: 0,
  usage: null,
  error: null,
  timings: null,
  model: null,
  id: null,
  done: false,
  broken: false,
  cut: false,
  unread: '',
  unreadOpen: false,
  choice: null,
  flagged: 0,
})

/**
 * The events in one server-sent event: relays that lose a blank line send several JSON objects as its lines
 * (Wei-Shaw/sub2api issue 1471).
 */
function eventsIn(message: ServerEvent): readonly ServerEvent[] {
  if (!message.data.includes('\n') || parseJson(message.data) !== null) return [message]
  const lines = message.data.split('\n', mostLines + 1)
  const readable = lines.length <= mostLines && lines.some(isEvent)
  return readable ? lines.map((data) => ({ ...message, data })) : [message]
}

/** Lines of an event that are read as events: a relay gathers an answer of some thousand tokens at most. */
const mostLines = 2 ** 15

/** Whether a line is an event by itself. Text that is no JSON is costly to parse, so it is looked at first. */
const isEvent = (line: string): boolean => {
  const text = line.trim()
  return text === '[DONE]' || (text.startsWith('{') && asObject(parseJson(text)) !== null)
}

/** Names of events that report a failure: `error`, `stream_error`, Bedrock's `internalServerException`. */
const failing = /(error|exception|failed|failure)$/i

/** Adds an event completed by the read of this index, and returns its timeline entry. */
export function takeEvent(stream: Stream, message: ServerEvent, read: number): StreamEvent {
  const { data, event } = message
  endUnread(stream)
  const taken = data.trim() === '[DONE]' ? takeDone(stream, read) : takeData(stream, message, read)
  if (event !== undefined && failing.test(event) && stream.error === null) {
    const named = event === 'error' ? null : { type: event }
    stream.error = fromJson({ ...named, ...(asObject(parseJson(data)) ?? { message: data }) })
    taken.kind = 'error'
  }
  stream.events.push(taken)
  return taken
}

/**
 * What a wire tells of a stream, taken; `onEntry` follows the events. It says after each whether the stream is
 * over.
 */
export const listenTo = (
  stream: Stream,
  onEntry?: (event: ServerEvent, entry: StreamEvent) => void,
): Pick<WireParts, 'onEvent' | 'onComment' | 'onLine'> => ({
  onEvent: (event, read) => {
    for (const each of eventsIn(event)) {
      const entry = takeEvent(stream, each, read)
      onEntry?.(each, entry)
    }
    return stream.done
  },
  onComment: (read) => {
    takeComment(stream, read)
  },
  onLine: (line) => {
    takeLine(stream, line)
  },
})

/** Adds a comment, which only appears in the timeline. */
function takeComment(stream: Stream, read: number): void {
  stream.events.push({ read, kind: 'comment', text: 0, reasoning: 0, other: 0 })
}

/** Characters kept of what cannot be read. */
const mostUnread = 16_384

/** Adds a line that belongs to no event: an error may be written between them, over several lines. */
function takeLine(stream: Stream, line: string): void {
  const before = stream.unreadOpen ? `${stream.unread}\n` : ''
  if (before.length < mostUnread) stream.unread = (before + line).slice(0, mostUnread)
  stream.unreadOpen = true
}

/** The stream is over: what only its whole text shows. */
export function closeStream(stream: Stream): void {
  endUnread(stream)
  const thought = thoughtLength(stream.text, stream.reasoning !== '')
  relabel(stream, Math.max(thought, stream.flagged))
}

function endUnread(stream: Stream): void {
  if (!stream.unreadOpen) return
  stream.unreadOpen = false
  stream.error ??= reportIn(stream.unread)
}

/** The first `length` characters of the text were thinking. */
function relabel(stream: Stream, length: number): void {
  if (length > 0 && stream.form === 'none') stream.form = 'full'
  let left = length
  for (const event of stream.events) {
    if (left <= 0) return
    const thought = Math.min(left, event.text)
    if (thought === 0) continue
    left -= thought
    event.text -= thought
    event.reasoning += thought
    if (event.text === 0) event.kind = 'reasoning'
  }
}

function takeDone(stream: Stream, read: number): StreamEvent {
  stream.done = true
  return { read, kind: 'done', text: 0, reasoning: 0, other: 0 }
}

/** The JSON of an event. What is none, or only a text, may be an error in words. */
function bodyOf(stream: Stream, data: string, cut?: boolean): unknown {
  const body = parseJson(data)
  if (typeof body === 'string') stream.error ??= errorInText(body)
  if (body !== null || data.trim() === '') return body
  stream[cut ? 'cut' : 'broken'] = true
  stream.unread = data.slice(0, mostUnread)
  stream.error ??= errorInText(data)
  return null
}

function takeData(stream: Stream, { data, cut }: ServerEvent, read: number): StreamEvent {
  const body = bodyOf(stream, data, cut)
  stream.choice ??= firstIndex(body)
  const chunk = readChunk(body, stream.choice ?? 0)
  const reasoning = newReasoning(stream.reasoning, chunk.reasoning)
  if (chunk.thought && stream.flagged === stream.text.length) stream.flagged += chunk.text.length
  stream.text += chunk.text
  stream.reasoning += reasoning
  stream.other += chunk.tool + chunk.refusal
  if (chunk.reasoning.form === 'summary') stream.form = 'summary'
  else if (reasoning !== '' && stream.form === 'none') stream.form = 'full'
  const taken = {
    read,
    kind: kindOf(chunk),
    text: chunk.text.length,
    reasoning: reasoning.length,
    other: chunk.tool.length + chunk.refusal.length,
  }
  keepFinish(stream, chunk.finish, carriesTokens(taken))
  keepLatest(stream, chunk)
  return taken
}

/** A token takes back an earlier finish reason; one beside a finish reason does not. */
function keepFinish(stream: Stream, reason: string | null, token: boolean): void {
  if (token && stream.finish !== null) {
    stream.finish = null
    stream.resumed += 1
  }
  if (reason === null) return
  const meaning = meaningOf(reason)
  if (meaning !== null) stream.finish = { reason, meaning }
  else if (stream.unknownFinishes.size < mostUnknown || stream.unknownFinishes.has(reason))
    stream.unknownFinishes.set(reason, (stream.unknownFinishes.get(reason) ?? 0) + 1)
}

/** Unknown finish reasons that are told apart. */
const mostUnknown = 8

/** Keeps the latest of each; of errors the first, because the others are its consequence. */
function keepLatest(stream: Stream, chunk: Chunk): void {
  if (chunk.error !== null) stream.error ??= fromJson(chunk.error)
  stream.usage = mergeUsage(stream.usage, chunk.usage)
  stream.model = chunk.model ?? stream.model
  stream.id ??= chunk.id
  if (chunk.timings !== null) stream.timings = { ...stream.timings, ...chunk.timings }
}

/** Reasoning this long is not repeated by chance, in characters. */
const longReasoning = 32

/** The new part of a chunk's reasoning: some providers send all of it so far (MiniMax). */
function newReasoning(before: string, { text, cumulative }: Reasoning): string {
  const repeats = cumulative && before !== '' && text.startsWith(before)
  // The same words may come twice: it is a repetition if it says more, or is long.
  return repeats && (text.length > before.length || before.length > longReasoning)
    ? text.slice(before.length)
    : text
}

/** The first kind that applies to the event. */
function kindOf(chunk: Chunk): EventKind {
  if (chunk.text !== '') return 'text'
  if (chunk.reasoning.text !== '') return 'reasoning'
  if (chunk.tool !== '') return 'tool'
  if (chunk.refusal !== '') return 'refusal'
  if (chunk.error) return 'error'
  if (chunk.finish) return 'finish'
  if (chunk.usage) return 'usage'
  return chunk.role ? 'role' : 'other'
}
