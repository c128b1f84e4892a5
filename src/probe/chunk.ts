import { asObject } from '../core/json.ts'
import { errorOf } from './error-envelope.ts'
import { isThought, type Reasoning, reasoningIn } from './reasoning.ts'

/** The content of one stream event in any dialect. What it lacks is an empty string or null. */
export interface Chunk {
  text: string
  /** Whether the provider says that `text` is a thought. */
  thought: boolean
  reasoning: Reasoning
  /** Names and arguments of tool calls. */
  tool: string
  refusal: string
  role: boolean
  finish: string | null
  usage: Fields | null
  /** The body with the error, verbatim. */
  error: Fields | null
  model: string | null
  id: string | null
  /** Timings the server reported, by its names. */
  timings: Fields | null
}

type Fields = Record<string, unknown>

/** Reads the JSON of one event. `index` is the choice to read; we ask for one choice. */
export function readChunk(data: unknown, index: number): Chunk {
  const body = asObject(Array.isArray(data) ? data[0] : data) ?? {}
  const choice = choiceAt(body, index)
  const delta = asObject(choice['delta']) ?? {}
  return {
    text: contentOf(delta['content']),
    thought: isFlagged(delta),
    reasoning: reasoningIn(delta),
    tool: toolsOf(delta),
    refusal: stringOf(delta['refusal']),
    role: 'role' in delta,
    finish: stringOf(choice['finish_reason']) || null,
    usage: usageOf(body, choice),
    error: errorOf(body),
    model: stringOf(body['model']) || null,
    id: stringOf(asObject(body['x_groq'])?.['id']) || stringOf(body['id']) || null,
    timings: timingsOf(body),
  }
}

/** The index of the first choice in an event, null if it has none. */
export function firstIndex(data: unknown): number | null {
  const [choice] = choicesOf(asObject(data) ?? {})
  return choice === undefined ? null : indexOf(choice)
}

/**
 * A loop because it runs for every token: filter and find would allocate an array and a closure each time.
 */
function choiceAt(body: Fields, index: number): Fields {
  const { choices } = body
  if (!Array.isArray(choices)) return {}
  for (const each of choices as unknown[]) {
    const choice = asObject(each)
    if (choice !== null && indexOf(choice) === index) return choice
  }
  return {}
}

/** An invalid index counts as the first. */
const indexOf = (choice: Fields): number => Number(choice['index']) || 0

const stringOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const isObject = (value: unknown): value is Fields => asObject(value) !== null
const none: readonly Fields[] = []
const listOf = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.filter(isObject) : none)
const choicesOf = (body: Fields): readonly Fields[] => listOf(body['choices'])

/** Content is a string, or a list of parts, of which some may be thoughts (Mistral). */
function contentOf(content: unknown): string {
  if (!Array.isArray(content)) return stringOf(content) || stringOf(asObject(content)?.['text'])
  const parts = content.filter((part) => !isThought(part))
  return parts.map((part) => stringOf(part) || stringOf(asObject(part)?.['text'])).join('')
}

/** Gemini marks the text of a thought: `extra_content.google.thought`. */
const isFlagged = ({ thought, extra_content }: Fields): boolean =>
  thought === true ||
  (extra_content !== undefined && asObject(asObject(extra_content)?.['google'])?.['thought'] === true)

function toolsOf(delta: Fields): string {
  if (delta['tool_calls'] === undefined && delta['function_call'] === undefined) return ''
  const calls = [...listOf(delta['tool_calls']), ...listOf([{ function: delta['function_call'] }])]
  return calls
    .map((call) => asObject(call['function']) ?? asObject(call['custom']) ?? {})
    .map((each) => stringOf(each['name']) + (stringOf(each['arguments']) || stringOf(each['input'])))
    .join('')
}

/** Usage is in the chunk, under `x_groq`, in the choice (older Kimi), or as Gemini calls it. */
const usageOf = (body: Fields, choice: Fields): Fields | null =>
  filled(body['usage']) ??
  filled(asObject(body['x_groq'])?.['usage']) ??
  filled(choice['usage']) ??
  filled(body['usageMetadata'])

function filled(value: unknown): Fields | null {
  const fields = asObject(value)
  return fields !== null && Object.keys(fields).length > 0 ? fields : null
}

/**
 * Fields with timings: llama.cpp, Cerebras, Fireworks, vLLM; and fields of `usage` other than counts (Groq,
 * mistral.rs).
 */
function timingsOf(body: Fields): Fields | null {
  const usage = asObject(body['usage']) ?? asObject(asObject(body['x_groq'])?.['usage'])
  const { timings, time_info, perf_metrics, metrics } = body
  // An early return for nearly every event: the rest would add a tenth to the cost of reading it.
  if (!(usage || timings || time_info || perf_metrics || metrics)) return null
  const sources = Object.entries({ timings, time_info, perf_metrics, metrics }).filter(([, source]) =>
    asObject(source),
  )
  const times = Object.entries(usage ?? {}).filter(([name]) => /_(time|ms|sec)$/.test(name))
  if (times.length > 0) sources.push(['usage', Object.fromEntries(times)])
  return sources.length > 0 ? Object.fromEntries(sources) : null
}
