import { keyPattern, longestMatch } from './key-pattern.ts'

/** Replaces a key. */
const redacted = '[key]'

/** Deeper nesting is dropped. */
const deepest = 8

/** Shorter strings are not secrets (`none`, `EMPTY`), and would match inside words. */
const shortestKey = 8

type Keys = readonly (string | null)[]

/** Characters searched for what looks like a key: few texts are shown beyond some hundred. */
const mostText = 8192

/** The text without these keys and anything that looks like a key, at most 8,192 characters, or so many. */
export const redact = (text: string, keys: Keys, most = mostText): string =>
  withoutShapes(cutWithoutKeys(text, most, keys))

/** The text without exactly these keys: for text that otherwise stays verbatim. */
export function withoutKeys(text: string, keys: Keys): string {
  return secrets(keys).reduce((clean, key) => clean.replace(keyPattern(key), redacted), text)
}

/** Characters in a row that are no longer by chance those of a key. */
const shortestPiece = 12

/** The text without these keys and without pieces of them: an answer may hold one in several places. */
const withoutTraces = (text: string, keys: Keys): string => withoutPieces(withoutKeys(text, keys), keys)

function withoutPieces(text: string, keys: Keys): string {
  if (text.length < shortestPiece) return text
  const pieces = piecesOf(secrets(keys))
  if (pieces.size === 0) return text
  const folded = inLowerCase(text)
  let clean = ''
  let from = 0
  for (let at = 0; at + shortestPiece <= text.length; at += 1) {
    if (!pieces.has(folded.slice(at, at + shortestPiece))) continue
    let end = at + shortestPiece
    while (end < text.length && pieces.has(folded.slice(end + 1 - shortestPiece, end + 1))) end += 1
    clean += text.slice(from, at) + redacted
    from = end
    at = end - 1
  }
  return clean + text.slice(from)
}

const piecesOf = (keys: readonly string[]): ReadonlySet<string> =>
  new Set(keys.map(inLowerCase).flatMap(piecesOfOne))

const piecesOfOne = (key: string): string[] =>
  Array.from({ length: Math.max(0, key.length - shortestPiece + 1) }, (_, at) =>
    key.slice(at, at + shortestPiece),
  )

/** Letters of ASCII alone, because others may change their length. */
const inLowerCase = (text: string): string => text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())

/**
 * The text without these keys, and no longer than this: a key is replaced before the cut, so that no part of
 * one is left in front of it.
 */
export function cutWithoutKeys(text: string, most: number, keys: Keys): string {
  if (text.length <= most) return withoutTraces(text, keys)
  const longest = Math.max(0, ...secrets(keys).map(longestMatch))
  const clean = withoutTraces(text.slice(0, most + longest), keys)
  // A key that began behind the limit may have lost its end.
  const sure = text.length <= most + longest ? most : clean.length - longest
  return clean.slice(0, Math.max(0, Math.min(most, sure)))
}

/**
 * An untrusted value without these keys in any of its strings; what is nested too deeply to check is dropped.
 */
export function withoutKeysIn<Value>(value: Value, keys: Keys, depth = 0): Value {
  if (typeof value === 'string') return withoutTraces(value, keys) as Value
  if (typeof value !== 'object' || value === null) return value
  if (depth === deepest) return null as Value
  const inner = (part: unknown) => withoutKeysIn(part, keys, depth + 1)
  if (Array.isArray(value)) return value.map(inner) as Value
  const entries = Object.entries(value).map(([name, part]) => [withoutTraces(name, keys), inner(part)])
  return Object.fromEntries(entries) as Value
}

const secrets = (keys: Keys): string[] =>
  keys.filter((key): key is string => key !== null && key.length >= shortestKey)

/**
 * The text without what looks like a key: a bearer token, credentials inside a URL, and words that
 * `withoutKeyIn` knows. Each pattern looks at a character a bounded number of times, whatever the text is.
 */
const withoutShapes = (text: string): string =>
  text
    .replaceAll(/(\bBearer\s+)[\w*.~+/=-]{8,}/gi, `$1${redacted}`)
    .replaceAll(/:\/\/[^\s/@]+@/g, `://${redacted}`)
    .replaceAll(/[\w*.-]{8,}/g, withoutKeyIn)

/** Prefixes of keys, that of a proxy token of ours, a token of Google, and the first part of a JWT. */
const prefix = /\b(?:(?:sk|gsk|pk|rk|xai|csk|fw|tgp|hf|nvapi|pplx|r8|sbp)[-_]|ftp_|AIza|eyJ)/gi

/** A word without the key that it is, or ends with. */
function withoutKeyIn(word: string): string {
  const chars = Array.from(word)
  const last = {
    // A key has a digit, or a mask.
    digit: chars.findLastIndex((char) => /[\d*]/.test(char)),
    dot: word.lastIndexOf('.'),
    end: chars.findLastIndex((char) => !/[.-]/.test(char)) + 1,
  }
  for (const { 0: found, index } of word.matchAll(prefix)) {
    const from = index + found.length
    if (isKey(found, { digits: last.digit >= from, head: last.dot - from, length: last.end - from }))
      return word.slice(0, index) + redacted + word.slice(last.end)
  }
  return word
}

/** Whether what follows a prefix makes it a key; `head` is what stands before the last dot, in characters. */
function isKey(found: string, rest: { digits: boolean; head: number; length: number }): boolean {
  if (['aiza', 'ftp_'].includes(found.toLowerCase())) return rest.length >= 20
  if (found.toLowerCase() === 'eyj') return rest.head >= 10
  return rest.digits && rest.length >= 7
}
