import { asObject } from '../core/json.ts'
import { type Dialect, dialects } from './dialects.ts'
import type { Fault } from './fault.ts'
import { faults } from './faults.ts'
import { modelOptions, optionNames, type Options, readOptions, type Refusal, refusal } from './options.ts'
import type { AnswerTiming } from './script.ts'

/** A chat completion request with all its options resolved. */
export interface ChatRequest {
  model: string
  stream: boolean
  includeUsage: boolean
  promptTokens: number
  seed: number
  dialect: Dialect
  fault: Fault | null
  timing: AnswerTiming
  /** Whether every event has the time of its write. */
  stamp: boolean
}

/** Maximum bytes of text in one answer. */
const mostBytes = 64 * 1024 * 1024

/** Reads the body of a chat completion. Its options override the model's, which override the server's. */
export function readChatRequest(body: unknown, server: Options): ChatRequest | Refusal {
  const asked = asObject(body)
  if (asked === null) return refusal('The body must be a JSON object.', 'invalid_json')
  const limit = readLimit(asked)
  if ('status' in limit) return limit
  const { model, messages } = asked
  if (typeof model !== 'string') return refusal('model must be a string.', 'missing_required_parameter')
  if (!Array.isArray(messages) || messages.length === 0)
    return refusal('messages must be an array of at least one message.', 'missing_required_parameter')
  const options = combined(asked, model, server)
  if ('status' in options) return options
  return resolved(options, {
    model,
    stream: asked['stream'] === true,
    includeUsage: asObject(asked['stream_options'])?.['include_usage'] === true,
    text: JSON.stringify(messages),
    limit,
  })
}

type Limit = Pick<AnswerTiming, 'maxTokens'>

function readLimit(asked: Record<string, unknown>): Limit | Refusal {
  const most = asked['max_completion_tokens'] ?? asked['max_tokens']
  if (most === undefined || most === null) return {}
  if (typeof most === 'number' && Number.isInteger(most) && most >= 1) return { maxTokens: most }
  return refusal('max_tokens must be a whole number of at least 1.', 'integer_below_min_value')
}

function combined(asked: Record<string, unknown>, model: string, server: Options): Options | Refusal {
  const ofModel = modelOptions(model)
  if ('status' in ofModel) return ofModel
  const given = optionNames.filter((name) => asked[name] !== undefined && asked[name] !== null)
  const ofBody = readOptions(given.map((name) => [name, asked[name]]))
  if ('status' in ofBody) return ofBody
  return { ...server, ...ofModel, ...ofBody }
}

type Asked = Pick<ChatRequest, 'model' | 'stream' | 'includeUsage'> & { text: string; limit: Limit }

function resolved(options: Options, { text, limit, ...asked }: Asked): ChatRequest | Refusal {
  if ((options.frames ?? 300) * (options.bytes ?? 1) > mostBytes)
    return refusal(`frames x bytes_per_frame must be at most ${mostBytes}.`, 'invalid_value')
  const dialect: Dialect = dialects[options.dialect ?? 'openai']
  const fault: Fault | null = options.fault === undefined ? null : faults[options.fault]
  const reasoningTokens = dialect.reasoning === undefined ? 0 : 40
  return {
    ...asked,
    // About four characters per token in English.
    promptTokens: Math.ceil(text.length / 4),
    seed: options.seed ?? hash(text),
    dialect,
    fault,
    stamp: options.stamp ?? false,
    timing: { reasoningTokens, ...options, ...limit, ...fault?.timing },
  }
}

/** FNV-1a, 32 bits: the same messages get the same answer. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  }
  return value >>> 0
}
