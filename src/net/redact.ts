/** Patterns of keys: a known prefix and a long tail, a bearer token, a JWT, credentials inside a URL. */
const keyShapes = [
  /\b(?:sk|gsk|pk|rk|xai|csk|fw|tgp|hf|nvapi|pplx|r8|sbp)[-_](?=[\w*.-]*[\d*])[\w*.-]{6,}[\w*]/gi,
  /\bAIza[\w*-]{20,}/g,
  /\beyJ[\w-]{10,}(?:\.[\w-]+){1,2}/g,
  /(?<=\bBearer\s+)[\w*.~+/=-]{8,}/gi,
  /(?<=:\/\/)[^\s/@]+@/g,
]

/** Replaces a key. */
const redacted = '[key]'

/** Deeper nesting is dropped. */
const deepest = 8

/** Shorter strings are not secrets (`none`, `EMPTY`), and would match inside words. */
const shortestKey = 8

/** The text without these keys and anything that looks like a key. */
export function redact(text: string, keys: readonly (string | null)[]): string {
  return keyShapes.reduce((clean, shape) => clean.replace(shape, redacted), withoutKeys(text, keys))
}

/**
 * An untrusted value without these keys in any of its strings; what is nested too deeply to check is dropped.
 */
export function withoutKeysIn<Value>(value: Value, keys: readonly (string | null)[], depth = 0): Value {
  if (typeof value === 'string') return withoutKeys(value, keys) as Value
  if (typeof value !== 'object' || value === null) return value
  if (depth === deepest) return null as Value
  const inner = (part: unknown) => withoutKeysIn(part, keys, depth + 1)
  if (Array.isArray(value)) return value.map(inner) as Value
  const entries = Object.entries(value).map(([name, part]) => [withoutKeys(name, keys), inner(part)])
  return Object.fromEntries(entries) as Value
}

/** The text without exactly these keys: for text that otherwise stays verbatim. */
export function withoutKeys(text: string, keys: readonly (string | null)[]): string {
  return keys
    .filter((key) => key !== null && key.length >= shortestKey)
    .flatMap((key) => spellings(key ?? ''))
    .reduce((clean, spelling) => clean.replaceAll(spelling, redacted), text)
}

/** A key verbatim, URL-encoded, and as in JSON. */
const spellings = (key: string): string[] => [
  key,
  encodeURIComponent(key.toWellFormed()),
  JSON.stringify(key).slice(1, -1),
]
