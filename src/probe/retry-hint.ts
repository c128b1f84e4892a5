import { asObject } from '../core/json.ts'

/**
 * The wait before the next call that an error body asks for, in ms; null if it names none. Fields:
 * google.rpc.RetryInfo's `retryDelay` (vercel/ai issue 18627), `retry_after`, `retry_after_ms`, Hugging
 * Face's `estimated_time`; else words, as "try again in 6m0.5s" of OpenAI and Groq or "retry after 30
 * seconds" of Azure.
 */
export const retryHintIn = (body: unknown, message: string | null): number | null =>
  fieldIn(body, mostLevels) ?? waitIn(asked.exec((message ?? '').slice(0, mostWords))?.[1] ?? '')

/** Characters of a message that are searched. */
const mostWords = 8192

/** Characters of a field that may be a wait. */
const longestWait = 100

/** How deep an error may hold the field. */
const mostLevels = 6

function fieldIn(value: unknown, levels: number): number | null {
  if (typeof value !== 'object' || value === null || levels === 0) return null
  for (const [name, each] of Object.entries(value)) {
    const unit = units.find(([names]) => names.test(name))?.[1]
    const wait = (unit === undefined ? null : durationOf(each, unit)) ?? fieldIn(each, levels - 1)
    if (wait !== null) return wait
  }
  return null
}

/** Names of fields with a wait, and the ms of a number in them. */
const units: readonly (readonly [RegExp, number])[] = [
  [/^retry[_-]?after[_-]?(ms|millis(econds)?)$/i, 1],
  [/^(retry[_-]?(after|delay|in)([_-]?(s|secs?|seconds?))?|estimated_time)$/i, 1000],
]

/** A number, a number as text, `45.8s`, or google.protobuf.Duration's `{seconds, nanos}`. */
function durationOf(value: unknown, unit: number): number | null {
  if (typeof value === 'number') return value >= 0 ? value * unit : null
  if (typeof value !== 'string') {
    const seconds = Number(asObject(value)?.['seconds'] ?? Number.NaN)
    return seconds >= 0 ? seconds * 1000 : null
  }
  return /^\d+(\.\d+)?$/.test(value.trim()) ? Number(value) * unit : waitIn(value.slice(0, longestWait))
}

const asked =
  /(?:try again|retry|wait)[^.\d]{0,20} (?:in|after|for) ((?:\d+(?:\.\d+)? ?(?:ms|millisecond|s|sec|second|m|min|minute|h|hour)s?\b ?|\d+(?:\.\d+)?[hms](?=\d))+)/i

/** The ms of each unit, by its first letters. */
const lengths = { ms: 1, mil: 1, h: 3_600_000, m: 60_000, s: 1000 } as const

/** A duration in words: `6m0.5s`, `45.8s`, `750ms`, `30 seconds`; null if it is none. */
function waitIn(text: string): number | null {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?) ?(ms|mil|h|m|s)/gi)]
  if (parts.length === 0) return null
  return parts.reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * lengths[unit?.toLowerCase() as keyof typeof lengths],
    0,
  )
}
