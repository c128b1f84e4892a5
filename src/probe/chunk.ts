import { asObject } from '../core/json.ts'

/** The content of one stream event in any dialect. What it lacks is an empty string or null. */
export interface Chunk {
  text: string
  reasoning: string
  /** Whether the reasoning is verbatim, summarized or encrypted. */
  reasoningForm: 'full' | 'summary' | 'encrypted' | null
  /** Whether `reasoning` is all reasoning so far, not only what is new. */
  cumulative: boolean
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

/** Parses JSON; null if it is invalid. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return null
  }
}

/** Reads the JSON of one event. `index` is the choice to read; we ask for one choice. */
export function readChunk(data: unknown, index: number): Chunk {
  const body = asObject(Array.isArray(data) ? data[0] : data) ?? {}
  const choice = choiceAt(body, index)
  const delta = asObject(choice['delta']) ?? {}
  const content = contentOf(delta['content'])
  const { reasoning, reasoningForm, cumulative } = reasoningOf(delta, content.thinking)
  return {
    text: content.text,
    reasoning,
    reasoningForm,
    cumulative,
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

/** Content is a string, or a list of text and thinking parts (Mistral). */
function contentOf(content: unknown): { text: string; thinking: string } {
  if (!Array.isArray(content)) return { text: stringOf(content), thinking: '' }
  const parts = listOf(content)
  const join = (field: string) => parts.map((part) => textIn(part[field])).join('')
  return { text: join('text'), thinking: join('thinking') }
}

/** A string, or the texts of a list of parts. */
const textIn = (value: unknown): string =>
  Array.isArray(value)
    ? listOf(value)
        .map((part) => stringOf(part['text']))
        .join('')
    : stringOf(value)

/**
 * Reads one of the fields with reasoning: the same text may be in two of them, so the first non-empty one
 * counts.
 */
function reasoningOf(
  delta: Fields,
  thinking: string,
): Pick<Chunk, 'reasoning' | 'reasoningForm' | 'cumulative'> {
  const plain = stringOf(delta['reasoning_content']) || stringOf(delta['reasoning']) || thinking
  if (delta['reasoning_details'] === undefined)
    return { reasoning: plain, reasoningForm: plain === '' ? null : 'full', cumulative: false }
  const details = listOf(delta['reasoning_details'])
  const detailed = details.map((each) => stringOf(each['text']) || stringOf(each['summary'])).join('')
  const reasoning = plain || detailed
  const summary = details.some((each) => each['type'] === 'reasoning.summary')
  const encrypted = details.some((each) => each['type'] === 'reasoning.encrypted')
  const form = summary ? 'summary' : 'full'
  return {
    reasoning,
    reasoningForm: reasoning === '' ? (encrypted ? 'encrypted' : null) : form,
    // MiniMax sends only details, each with all reasoning so far; routers repeat the plain field there.
    cumulative: plain === '' && detailed !== '',
  }
}

function toolsOf(delta: Fields): string {
  if (delta['tool_calls'] === undefined && delta['function_call'] === undefined) return ''
  const calls = [...listOf(delta['tool_calls']), ...listOf([{ function: delta['function_call'] }])]
  return calls
    .map((call) => asObject(call['function']) ?? asObject(call['custom']) ?? {})
    .map((each) => stringOf(each['name']) + (stringOf(each['arguments']) || stringOf(each['input'])))
    .join('')
}

/** Usage is in the chunk, under `x_groq`, or in the choice (older Kimi). */
const usageOf = (body: Fields, choice: Fields): Fields | null =>
  asObject(body['usage']) ?? asObject(asObject(body['x_groq'])?.['usage']) ?? asObject(choice['usage'])

/**
 * A body with `error`, vLLM's `{"object":"error"}`, MiniMax's `base_resp` with a code other than 0, or,
 * without choices, a message with a code (Cerebras, DashScope) or a `detail` (FastAPI).
 */
export function errorOf(body: Fields): Fields | null {
  const xGroq = asObject(body['x_groq'])
  if (xGroq?.['error']) return { error: xGroq['error'] }
  const code = asObject(body['base_resp'])?.['status_code'] ?? 0
  return body['error'] || body['object'] === 'error' || code !== 0 || isFlatError(body) ? body : null
}

const isFlatError = ({ choices, message, code, detail }: Fields): boolean =>
  choices === undefined && ((stringOf(message) !== '' && Boolean(code)) || Boolean(detail))

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
