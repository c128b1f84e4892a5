/** Strings in the shape of a key: a known prefix and a long tail, a bearer token, a JWT, credentials inside a URL. */
const keyShapes = [
  /\b(?:sk|gsk|pk|rk|xai|csk|fw|tgp|hf|nvapi|pplx|r8|sbp)[-_](?=[\w*.-]*[\d*])[\w*.-]{6,}[\w*]/gi,
  /\bAIza[\w*-]{20,}/g,
  /\beyJ[\w-]{10,}(?:\.[\w-]+){1,2}/g,
  /(?<=\bBearer\s+)[\w*.~+/=-]{8,}/gi,
  /(?<=:\/\/)[^\s/@]+@/g,
]

/** What stands where a key was. */
const blackened = '[key]'

/** Levels of nesting that a value of use may have. */
const deepest = 8

/** Shorter strings are no secret (`none`, `EMPTY`), and would be found inside words. */
const shortestKey = 8

/** The text without these keys and without anything in the shape of one. */
export function redact(text: string, keys: readonly (string | null)[]): string {
  return keyShapes.reduce((clean, shape) => clean.replace(shape, blackened), withoutKeys(text, keys))
}

/** A value from outside without these keys in any of its strings; what is nested too deep to look through is left out. */
export function withoutKeysIn<Value>(value: Value, keys: readonly (string | null)[], depth = 0): Value {
  if (typeof value === 'string') return withoutKeys(value, keys) as Value
  if (typeof value !== 'object' || value === null) return value
  if (depth === deepest) return null as Value
  const inner = (part: unknown) => withoutKeysIn(part, keys, depth + 1)
  if (Array.isArray(value)) return value.map(inner) as Value
  const entries = Object.entries(value).map(([name, part]) => [withoutKeys(name, keys), inner(part)])
  return Object.fromEntries(entries) as Value
}

/** The text without exactly these keys: for text that should otherwise stay as it came. */
export function withoutKeys(text: string, keys: readonly (string | null)[]): string {
  return keys
    .filter((key) => key !== null && key.length >= shortestKey)
    .flatMap((key) => spellings(key ?? ''))
    .reduce((clean, spelling) => clean.replaceAll(spelling, blackened), text)
}

/** A key as it is, as it stands in a URL, and as it stands in JSON. */
const spellings = (key: string): string[] => [
  key,
  encodeURIComponent(key.toWellFormed()),
  JSON.stringify(key).slice(1, -1),
]
