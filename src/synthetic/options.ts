import { type DialectName, dialects } from './dialects.ts'
import { type FaultName, faults } from './faults.ts'
import type { AnswerTiming } from './script.ts'

/** What a flag, a model id or a request can set. */
export interface Options extends AnswerTiming {
  /** Seeds words and jitter; derived from the messages by default. */
  seed?: number
  dialect?: DialectName
  fault?: FaultName
  /** Whether every event has the time of its write in a field (stamp.ts). */
  stamp?: boolean
}

/** Why a request is refused, in the form of OpenAI's errors. */
export interface Refusal {
  status: 400 | 404
  message: string
  code: string
}

/** Creates a refusal. */
export const refusal = (message: string, code: string, status: Refusal['status'] = 400): Refusal => ({
  status,
  message,
  code,
})

/**
 * The numeric options by their names on the wire, with bounds: enough for any test, and too little for one
 * request to exhaust memory.
 */
const numbers = {
  seed: { key: 'seed', least: 0, most: 2 ** 32 - 1 },
  frames: { key: 'frames', least: 0, most: 100_000 },
  delay_ms: { key: 'delayMs', least: 0, most: 60_000 },
  bytes_per_frame: { key: 'bytes', least: 1, most: 65_536 },
  ttft_ms: { key: 'ttftMs', least: 0, most: 600_000 },
  headers_ms: { key: 'headersMs', least: 0, most: 600_000 },
  reasoning_tokens: { key: 'reasoningTokens', least: 0, most: 100_000 },
} as const satisfies Record<string, { key: keyof Options; least: number; most: number }>

/** The name of a numeric option. */
type NumberName = keyof typeof numbers

/** The options that are names, with the valid names. */
const names = { dialect: Object.keys(dialects), fault: Object.keys(faults) }

/** Every option by its name on the wire. */
export const optionNames: readonly string[] = [...Object.keys(numbers), ...Object.keys(names), 'stamp']

/**
 * Parses a number or its text; null if it is invalid or out of bounds. Only milliseconds may have a fraction.
 */
function readNumber(name: NumberName, value: unknown): number | null {
  const { least, most } = numbers[name]
  const number = typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !(number >= least && number <= most)) return null
  return Number.isInteger(number) || name.endsWith('_ms') ? number : null
}

/** The bounds of a numeric option, for messages. */
const boundsOf = (name: NumberName): string => `a number from ${numbers[name].least} to ${numbers[name].most}`

const isNumberName = (name: string): name is NumberName => Object.hasOwn(numbers, name)

/** Reads options from pairs of name and value; refuses all if one is invalid. */
export function readOptions(pairs: readonly (readonly [string, unknown])[]): Options | Refusal {
  const options: Record<string, unknown> = {}
  for (const [name, value] of pairs) {
    if (isNumberName(name)) {
      const number = readNumber(name, value)
      if (number === null) return refusal(`${name} must be ${boundsOf(name)}.`, 'invalid_value')
      options[numbers[name].key] = number
    } else if (name === 'dialect' || name === 'fault') {
      if (typeof value !== 'string' || !names[name].includes(value))
        return refusal(`${name} must be one of ${names[name].join(', ')}.`, 'invalid_value')
      options[name] = value
    } else if (name === 'stamp') {
      if (!['true', 'false'].includes(String(value)))
        return refusal('stamp must be true or false.', 'invalid_value')
      options[name] = String(value) === 'true'
    } else return refusal(`There is no option ${name}.`, 'invalid_value')
  }
  return options
}

/** Models with preset options. */
const presets: Record<string, Options> = {
  'synthetic-slow': { ttftMs: 1500, delayMs: 60 },
  'synthetic-fast': { ttftMs: 40, delayMs: 1 },
}

/** The listed models. */
export const models: readonly string[] = ['synthetic-1', ...Object.keys(presets)]

/**
 * The options in a model id, for clients that cannot add fields to the body: `synthetic/fault/truncated`,
 * `synthetic/dialect/groq/ttft_ms/500`. Any `synthetic-<name>` is a model, so there can be many.
 */
export function modelOptions(model: string): Options | Refusal {
  const [name = '', ...path] = model.split('/')
  if (!/^synthetic(-[\w.-]+)?$/.test(name) || path.length % 2 === 1)
    return refusal(`The model ${JSON.stringify(model.slice(0, 100))} does not exist.`, 'model_not_found', 404)
  const pairs = path.flatMap((part, index) => (index % 2 === 0 ? [[part, path[index + 1]] as const] : []))
  const options = readOptions(pairs)
  return 'status' in options ? options : { ...presets[name], ...options }
}
