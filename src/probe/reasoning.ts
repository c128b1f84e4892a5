import { asObject } from '../core/json.ts'

/** Reasoning in a delta, and how it came. */
export interface Reasoning {
  text: string
  /** Verbatim, summarized or encrypted; null if there is none. */
  form: 'full' | 'summary' | 'encrypted' | null
  /** Whether `text` may be all reasoning so far, not only what is new. */
  cumulative: boolean
}

type Fields = Record<string, unknown>

/** Where reasoning has been seen, for documents: what is read is any field that `isHome` accepts. */
export const reasoningHomes: readonly { home: string; source: string }[] = [
  { home: 'delta.reasoning_content', source: 'DeepSeek API reference; Zhipu, Kimi, Qwen, xAI, vLLM' },
  { home: 'delta.reasoning', source: 'OpenRouter, Groq API references; vLLM since 0.12' },
  { home: 'delta.reasoning_text', source: 'GitHub Copilot API' },
  { home: 'delta.reasoning_opaque, sealed', source: 'GitHub Copilot API' },
  { home: 'delta.thinking', source: 'Ollama API reference; relays that pass it on' },
  { home: 'delta.thinking_blocks[].thinking', source: 'LiteLLM documentation, reasoning content' },
  { home: 'delta.reasoning_details[].text, .summary', source: 'OpenRouter API reference, reasoning tokens' },
  { home: 'delta.reasoning_details[].text, growing', source: 'MiniMax API reference, reasoning_split' },
  { home: 'delta.reasoning_content.text', source: 'envoyproxy/ai-gateway pull 1222 (Bedrock)' },
  { home: 'delta.reasoning[].text', source: 'anima-research/animachat pull 129' },
  {
    home: 'delta.provider_specific_fields.thinking_blocks[].thinking',
    source: 'LiteLLM documentation, reasoning content',
  },
  { home: 'delta.content[] of type thinking', source: 'Mistral API reference, reasoning' },
  { home: 'delta.content[] of type reasoning', source: 'Databricks foundation model API reference' },
]

/** Last words of names that say something about reasoning, and are none: `thought_signature`. */
const about = new Set(
  'signature signatures id ids token tokens type types status state phase mode format index effort level budget model time ms seconds duration enabled count start started end ended done finished complete completed'.split(
    ' ',
  ),
)

/** Whether a field of this name holds reasoning. */
function isHome(name: string): boolean {
  if (!/^(reason|think|thought)/.test(name)) return false
  return !about.has(wordsOf(name).at(-1) ?? '')
}

const wordsOf = (name: string): string[] =>
  name
    .replaceAll(/(?<=[a-z])[A-Z]/g, '_$&')
    .toLowerCase()
    .split('_')

/** Whether what a field of this name holds is for the server alone: `reasoning_opaque` of Copilot. */
const isSealed = (name: string): boolean =>
  wordsOf(name).some((word) => word === 'encrypted' || word === 'opaque' || word === 'redacted')

/** The fields that many streams have, in this order: the same text may be in two of them. */
const first = ['reasoning_content', 'reasoning'] as const

const none: Reasoning = { text: '', form: null, cumulative: false }

/** Reads the reasoning in a delta; the first field that is not empty counts. */
export function reasoningIn(delta: Fields): Reasoning {
  const found = fieldsIn(delta)
  const { content, provider_specific_fields: more } = delta
  if (typeof content === 'object' && content !== null)
    return better(found, thoughtParts(Array.isArray(content) ? content : [content]))
  const beside = found.text === '' ? asObject(more) : null
  return beside === null ? found : better(found, fieldsIn(beside))
}

/** Reasoning in the fields of an object, by their names. */
function fieldsIn(fields: Fields): Reasoning {
  let found = none
  for (const name of first) {
    const value = fields[name]
    if (typeof value === 'string' && value !== '') found = { text: value, form: 'full', cumulative: false }
    if (found.text !== '') break
  }
  // A loop over names, because it runs for every token.
  for (const name in fields) {
    const initial = name[0]
    if (initial !== 'r' && initial !== 't') continue
    if (found.text !== '' && typeof fields[name] === 'string') continue
    if (isHome(name)) found = better(found, isSealed(name) ? sealed(fields[name]) : read(fields[name]))
  }
  return found
}

const sealed = (value: unknown): Reasoning =>
  typeof value === 'string' && value !== '' ? { ...none, form: 'encrypted' } : none

/** Text beats none; beside plain text only the form of structured details counts: they may be its summary. */
function better(found: Reasoning, other: Reasoning): Reasoning {
  if (found.text === '') return other.form === null ? found : other
  return other.form === 'summary' ? { ...found, form: 'summary' } : found
}

/** Reasoning in the value of a field: a string, or texts in lists and objects. */
function read(value: unknown): Reasoning {
  if (value === undefined || value === null || typeof value === 'boolean') return none
  if (typeof value === 'string') return value === '' ? none : { text: value, form: 'full', cumulative: false }
  const marks = { summary: false, encrypted: false }
  const text = textIn(value, marks, 0)
  if (text === '') return marks.encrypted ? { ...none, form: 'encrypted' } : none
  return { text, form: marks.summary ? 'summary' : 'full', cumulative: true }
}

/** The parts of a content that are thoughts by their type, a flag (Gemini) or a field of such a name. */
const thoughtParts = (content: readonly unknown[]): Reasoning => {
  const parts = content.filter(isThought)
  return parts.length === 0 ? none : { ...read(parts), cumulative: false }
}

/** Whether a part of a content is a thought. */
export function isThought(part: unknown): boolean {
  const fields = asObject(part)
  if (fields === null) return false
  const { type, thought } = fields
  if (typeof type === 'string' && /^(redacted_)?(reason|think|thought)/.test(type)) return true
  return thought === true || (fields['text'] === undefined && Object.keys(fields).some(isHome))
}

/** Levels of nesting that are read. */
const mostLevels = 4

/** What the texts of a structure are, besides their words. */
interface Marks {
  summary: boolean
  encrypted: boolean
}

/** The texts in a list or an object, in order. Notes whether they are a summary, or encrypted. */
function textIn(value: unknown, marks: Marks, level: number): string {
  if (typeof value === 'string') return value
  if (level > mostLevels) return ''
  if (Array.isArray(value)) return value.map((each) => textIn(each, marks, level + 1)).join('')
  const fields = asObject(value)
  if (fields === null) return ''
  const type = typeof fields['type'] === 'string' ? fields['type'] : ''
  if (/encrypted|redacted/.test(type)) {
    marks.encrypted = true
    return ''
  }
  const [name, text] = firstText(fields, marks, level)
  if (text !== '' && (name === 'summary' || type.includes('summary'))) marks.summary = true
  return text
}

/** The first field of an object that has a text, and the text. */
function firstText(fields: Fields, marks: Marks, level: number): [name: string, text: string] {
  for (const name in fields) {
    if (!(texts.has(name) || isHome(name))) continue
    const text = textIn(fields[name], marks, level + 1)
    if (text !== '') return [name, text]
  }
  return ['', '']
}

/** Fields that hold the text of a structure. */
const texts = new Set(['text', 'content', 'summary'])
