import { existsSync, readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { messageOf } from './core/error.ts'

/** The variables of an environment file, or why it cannot be read, as the rest of a sentence. */
export type EnvFile = { values: Record<string, string | undefined> } | { problem: string }

/**
 * Loads `.env` into `process.env`, without overriding set variables. Returns why it cannot be read, or null.
 */
export function loadDotEnv(path = '.env'): string | null {
  if (!existsSync(path)) return null
  try {
    const file = readEnvFile(readFileSync(path))
    if ('problem' in file) return `${path} ${file.problem}`
    for (const [name, value] of Object.entries(file.values)) process.env[name] ??= value
    return null
  } catch (error) {
    return `${path} cannot be read: ${messageOf(error)}`
  }
}

/**
 * Reads an environment file as it was saved: in UTF-8 or UTF-16 (PowerShell 5 writes it with `>`), with or
 * without a byte order mark, with line ends of any system, and with `NAME: value` for `NAME=value`. A line
 * that says nothing is a problem: it was meant to. No problem repeats a line, which may hold a key.
 */
export function readEnvFile(bytes: Uint8Array): EnvFile {
  const encoding = encodingOf(bytes)
  if (encoding === null) return { problem: 'is not a text file (it holds zero bytes): save it as UTF-8' }
  const text = new TextDecoder(encoding).decode(bytes).replaceAll(/\r\n?/g, '\n')
  const lines = assignmentsIn(text)
  if ('problem' in lines) return lines
  const values = parseEnv(lines.join('\n'))
  // What a decoder writes in place of bytes that it cannot read. In a comment they do no harm.
  const unread = Object.keys(values).find((name) => values[name]?.includes('\uFFFD'))
  return unread === undefined
    ? { values }
    : { problem: `holds ${unread} in an encoding that is neither UTF-8 nor UTF-16: save it as UTF-8` }
}

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be'

/** By its mark; without one, by where the zero bytes are that Latin letters have in UTF-16. */
function encodingOf(bytes: Uint8Array): Encoding | null {
  const [first, second, third, fourth] = bytes
  if (first === 0xff && second === 0xfe) return third === 0 && fourth === 0 ? null : 'utf-16le'
  if (first === 0xfe && second === 0xff) return 'utf-16be'
  if (!bytes.includes(0)) return 'utf-8'
  const zeros = (parity: number) => bytes.filter((byte, index) => byte === 0 && index % 2 === parity).length
  const [even, odd] = [zeros(0), zeros(1)]
  // A quarter of the characters, at least, are Latin, because the names are.
  const enough = bytes.length / 8
  if (odd > enough && even === 0) return 'utf-16le'
  return even > enough && odd === 0 ? 'utf-16be' : null
}

/** Blank, or a comment. */
const silent = /^[\s\u200B\uFEFF]*(#.*)?$/u

/** `NAME=value`, or `NAME: value` as other readers of such files take it. */
const assignment = /^[\s\u200B\uFEFF]*(?:export\s+)?([\w.-]+)\s*(?:=|:(?=\s|$))(.*)$/u

/** Every assignment of a text as `NAME=value`, of which a quoted value may go on over several lines. */
function assignmentsIn(text: string): string[] | { problem: string } {
  const lines = text.split('\n')
  const found: string[] = []
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? ''
    if (silent.test(line)) continue
    const [, name, value = ''] = assignment.exec(line) ?? []
    if (name === undefined)
      return { problem: `says nothing in line ${index + 1}: write NAME=value, or # before a comment` }
    const quote = /^\s*(["'`])/.exec(value)?.[1]
    const more = quote === undefined ? 0 : linesToQuote(lines, index, { value, quote })
    const whole = [value, ...lines.slice(index + 1, index + 1 + more)].join('\n')
    if (quote !== undefined && !isClosed(whole.trimStart(), quote))
      return {
        problem: `has more behind the quote that ends line ${index + 1 + more}: is one missing before?`,
      }
    found.push(`${name}=${whole}`)
    index += more
  }
  return found
}

/** Whether nothing but a comment stands behind a quoted value; also if nothing ends it. */
function isClosed(value: string, quote: string): boolean {
  const end = value.indexOf(quote, 1)
  return end === -1 || /^[\s;,]*(#.*)?$/.test(value.slice(end + 1))
}

/** On how many further lines a quoted value ends; none if nothing ends it. */
function linesToQuote(
  lines: readonly string[],
  index: number,
  { value, quote }: { value: string; quote: string },
): number {
  if (value.trimStart().slice(1).includes(quote)) return 0
  const end = lines.findIndex((line, at) => at > index && line.includes(quote))
  return end === -1 ? 0 : end - index
}
