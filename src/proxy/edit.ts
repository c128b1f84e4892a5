import type { Asked } from './asked.ts'

// The edits of a body that are permitted. They are made in its text, because parsing and writing it again would change
// others' numbers (1e400, 1.0) and duplicate keys.

/** The body as it goes upstream, and whether it now asks for usage that the client did not ask for. */
interface Edited {
  body: Buffer
  injected: boolean
}

/**
 * Makes a body name this model, and, if `wantsUsage` and the client has said nothing of it, ask for the usage of a
 * stream.
 */
export function edited(body: Buffer, asked: Asked, wanted: { model: string; wantsUsage: boolean }): Edited {
  if (asked.fields === null) return { body, injected: false }
  const named = asked.model === wanted.model ? body : withModel(body, asked, wanted.model)
  const place = wanted.wantsUsage && asked.stream ? usagePlace(asked.fields) : null
  if (place === null) return { body: named, injected: false }
  const value = place === 'inside' ? null : '{"include_usage":true}'
  const withUsage =
    place === 'beside'
      ? inserted(named, openingIn(named, 0), `"stream_options":${value}`)
      : inStreamOptions(named, value)
  return { body: withUsage, injected: true }
}

/** Where the request for usage is to be written; null if the client has said something of it. */
function usagePlace(fields: Record<string, unknown>): 'beside' | 'inside' | 'instead' | null {
  const options = fields['stream_options']
  if (options === undefined) return 'beside'
  if (options === null) return 'instead'
  return typeof options === 'object' && !Array.isArray(options) && !('include_usage' in options)
    ? 'inside'
    : null
}

/** Into the value of `stream_options`, or in its stead. */
function inStreamOptions(body: Buffer, value: string | null): Buffer {
  const { from, to } = memberOf(body, 'stream_options')
  return value === null
    ? inserted(body, from + 1, '"include_usage":true')
    : Buffer.concat([body.subarray(0, from), Buffer.from(value), body.subarray(to)])
}

function withModel(body: Buffer, asked: Asked, model: string): Buffer {
  const value = JSON.stringify(model)
  if (asked.fields?.['model'] === undefined) return inserted(body, openingIn(body, 0), `"model":${value}`)
  const { from, to } = memberOf(body, 'model')
  return Buffer.concat([body.subarray(0, from), Buffer.from(value), body.subarray(to)])
}

/** A member in front of those that an object has, which opens before this byte. */
function inserted(body: Buffer, at: number, member: string): Buffer {
  const isEmpty = body[skipBlanks(body, at)] === brace.close
  return Buffer.concat([
    body.subarray(0, at),
    Buffer.from(isEmpty ? member : `${member},`),
    body.subarray(at),
  ])
}

const brace = { open: 0x7b, close: 0x7d }
const opening = new Set([brace.open, 0x5b])
const closing = new Set([brace.close, 0x5d])
const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a]

/** The byte behind the brace that opens the object. */
const openingIn = (body: Buffer, from: number): number =>
  body[from] === brace.open ? from + 1 : body.indexOf(brace.open, from) + 1

function skipBlanks(body: Buffer, from: number): number {
  let at = from
  while (at < body.length && (body[at] ?? 0) <= 0x20) at += 1
  return at
}

/** Where the value of a member of the outermost object is; of several of one name the last, which is what parsers take. */
function memberOf(body: Buffer, name: string): { from: number; to: number } {
  let found = { from: 0, to: 0 }
  let at = skipBlanks(body, openingIn(body, 0))
  while (body[at] === quote) {
    const keyEnd = endOfString(body, at)
    const key = JSON.parse(body.toString('utf8', at, keyEnd)) as string
    const from = skipBlanks(body, body.indexOf(colon, keyEnd) + 1)
    const to = endOfValue(body, from)
    if (key === name) found = { from, to }
    at = skipBlanks(body, to)
    if (body[at] === comma) at = skipBlanks(body, at + 1)
  }
  return found
}

/** The byte behind a string that begins at `from`. */
function endOfString(body: Buffer, from: number): number {
  for (let at = body.indexOf(quote, from + 1); at !== -1; at = body.indexOf(quote, at + 1)) {
    let slashes = 0
    while (body[at - 1 - slashes] === backslash) slashes += 1
    if (slashes % 2 === 0) return at + 1
  }
  return body.length
}

/** The byte behind a value of valid JSON that begins at `from`; of a number or a word, with the blanks behind it. */
function endOfValue(body: Buffer, from: number): number {
  let depth = 0
  for (let at = from; at < body.length; at += 1) {
    const byte = body[at] ?? 0
    if (byte === quote) at = endOfString(body, at) - 1
    else if (opening.has(byte)) depth += 1
    else if (depth === 0 && (byte === comma || closing.has(byte))) return at
    else if (closing.has(byte)) depth -= 1
    if (depth === 0 && (byte === quote || closing.has(byte))) return at + 1
  }
  return body.length
}
