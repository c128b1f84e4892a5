import { asObject, parseJson } from '../core/json.ts'

type Fields = Record<string, unknown>

/** What the body of a request says that decides where and how it goes on. Null: it does not say. */
export interface Asked {
  /** Null if the body is no JSON object, which goes on as it is: the upstream says what is wrong with it. */
  fields: Fields | null
  model: string | null
  /** Whether `stream` is literally true. */
  stream: boolean
}

/** What else its record says of a request. Null: the body does not say. */
export interface Settings {
  /** The reasoning setting as text, such as `low`. */
  reasoning: string | null
  maxTokens: number | null
  /** Characters of the texts of its messages, or of its prompt. */
  promptCharacters: number | null
}

/** Reads a body, once. */
export function readAsked(body: Buffer): Asked {
  const fields = asObject(parseJson(body.toString()))
  const { model, stream } = fields ?? {}
  return { fields, model: typeof model === 'string' ? model : null, stream: stream === true }
}

/** Reads the rest of it, which nothing that goes on waits for. */
export function settingsOf({ fields }: Asked): Settings {
  if (fields === null) return { reasoning: null, maxTokens: null, promptCharacters: null }
  return {
    reasoning: reasoningIn(fields),
    maxTokens: countOf(fields['max_completion_tokens']) ?? countOf(fields['max_tokens']),
    promptCharacters: charactersIn(fields['messages'] ?? fields['prompt']),
  }
}

/** The largest count that the database keeps. */
const mostCount = 2 ** 31 - 1

const countOf = (value: unknown): number | null =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= mostCount ? Number(value) : null

/** As OpenAI and most say it, as OpenRouter does, as the Chinese labs do, and as vLLM and Qwen do. */
function reasoningIn(fields: Fields): string | null {
  const named = [
    fields['reasoning_effort'],
    asObject(fields['reasoning'])?.['effort'],
    asObject(fields['thinking'])?.['type'],
    fields['enable_thinking'],
    asObject(fields['chat_template_kwargs'])?.['enable_thinking'],
  ].find((value) => typeof value === 'string' || typeof value === 'boolean')
  return named === undefined ? null : String(named)
}

/** A tool's result, the deepest text, is in six. What is deeper is no prompt, and would exhaust the stack. */
const mostLevels = 10

/** Characters of a prompt, of a list of them, or of the texts of messages. */
function charactersIn(prompt: unknown, levels = mostLevels): number {
  if (typeof prompt === 'string') return prompt.length
  if (levels === 0) return 0
  if (Array.isArray(prompt))
    return prompt.reduce((sum: number, part) => sum + charactersIn(part, levels - 1), 0)
  const part = asObject(prompt)
  return part === null ? 0 : charactersIn(part['content'] ?? part['text'], levels - 1)
}
