/**
 * A pattern of everything that gives a key away: the key however it is escaped, in base64 or hexadecimal, and masked as
 * providers repeat it. Linear: each place in a text is compared with the key once, and repeats are bounded.
 */
export function keyPattern(key: string): RegExp {
  const known = patterns.get(key)
  if (known !== undefined) return known
  const pattern = new RegExp(
    [escaped(key), Buffer.from(key).toString('hex'), ...inBase64(key), maskedEnd(key), maskedStart(key)].join(
      '|',
    ),
    'gi',
  )
  const [oldest] = patterns.keys()
  if (oldest !== undefined && patterns.size >= mostPatterns) patterns.delete(oldest)
  patterns.set(key, pattern)
  return pattern
}

/** One for each key of the environment, and for the parts of addresses that channels have or had. */
const patterns = new Map<string, RegExp>()
/** What a pattern is compiled to takes some 100 KB, of which V8 has room for 4,000. */
const mostPatterns = 256

/** The longest text that the pattern of a key matches, in characters. */
export const longestMatch = (key: string): number => Buffer.byteLength(key) * longestByte

/** A character as `&amp;amp;amp;#x0000XX;`. */
const longestByte = 24

/** The key verbatim, and percent-encoded, as a string of JSON or JavaScript or in HTML, each up to three times, any case. */
const escaped = (key: string): string => Array.from(key.toWellFormed()).map(formsOf).join('')

function formsOf(char: string): string {
  const percent = Array.from(Buffer.from(char))
    .map((byte) => `%(?:25){0,3}${hex(byte, 2)}`)
    .join('')
  const code = char.codePointAt(0) ?? 0
  const units = [...Array(char.length).keys()].map((at) => `\\\\{1,4}u${hex(char.charCodeAt(at), 4)}`)
  const inScript = `\\\\{1,4}(?:u\\{0{0,4}${hex(code, 2)}\\}|x${hex(code, 2)})`
  const entity = `&(?:amp;){0,3}(?:#0{0,5}${code}|#x0{0,4}${hex(code, 2)}${entities[char] ?? ''});`
  // An escaped letter would be something else.
  const verbatim = /[a-z0-9]/i.test(char) ? char : `\\\\{0,7}${RegExp.escape(char)}`
  // Last: a backslash is also the beginning of its escapes.
  return `(?:${percent}|${units.join('')}|${inScript}|${entity}|${verbatim}${char === ' ' ? '|\\+' : ''})`
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')

const entities: Readonly<Record<string, string>> = {
  '"': '|quot',
  "'": '|apos',
  '&': '|amp',
  '<': '|lt',
  '>': '|gt',
}

/** The part of the key's base64 that what stands around it does not change, for each of three alignments. */
function inBase64(key: string): string[] {
  const bytes = Buffer.from(key)
  return [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
    const whole = text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6))
    return Array.from(whole, (char) => base64Forms[char] ?? char).join('')
  })
}

/** Also the alphabet for URLs, percent-encoded or not. */
const base64Forms: Readonly<Record<string, string>> = {
  '+': '(?:\\+|-|%(?:25){0,3}2b)',
  '/': '(?:\\/|_|%(?:25){0,3}2f)',
}

/** Characters of a key beside a mask: at least so many tell it from a word, and no more are compared. */
const [shortestHead, shortestTail, longestHalf] = [3, 4, 32]

/** `sk-proj-ab********wxyz` of OpenAI, `sk-ab...wxyz`. */
function maskedEnd(key: string): string {
  const [head, more] = [key.slice(0, shortestHead), key.slice(shortestHead, longestHalf)]
  const rest = Array.from(more).reduceRight((inner, char) => `(?:${RegExp.escape(char)}${inner})?`, '')
  return `${RegExp.escape(head)}${rest}${mask}[\\w-]{0,${longestHalf}}`
}

/** `****wxyz` of DeepSeek. */
function maskedStart(key: string): string {
  const tail = key.slice(-longestHalf)
  const lengths = [...Array(tail.length - shortestTail + 1).keys()]
  return `${mask}(?:${lengths.map((from) => RegExp.escape(tail.slice(from))).join('|')})`
}

/** A run of these is tried from its beginning alone. */
const mask = '(?:(?<![*•·●#×█■＊])[*•·●#×█■＊]{2,}|(?<!\\.)\\.{2,}|(?<!…)…+)'
