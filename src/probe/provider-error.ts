import type { IncomingHttpHeaders } from 'node:http'
import { asObject, parseJson } from '../core/json.ts'
import { retryHintIn } from './retry-hint.ts'

/** An error as the provider reported it; absent parts are null. */
export interface ProviderError {
  code: string | null
  type: string | null
  message: string | null
  requestId: string | null
  /** The wait before the next call that it asks for, in ms. */
  waitMs: number | null
}

/** An error that is known by its words alone. */
export const inWords = (message: string | null, code: string | null = null): ProviderError => ({
  code,
  type: null,
  message,
  requestId: null,
  waitMs: retryHintIn(null, message),
})

/**
 * Reads an error body in any dialect: JSON, a page or plain text. Null if it is empty. The type of a page is
 * `text/html`, unless a header has a better one.
 */
export function readError(body: string, headers: IncomingHttpHeaders = {}): ProviderError | null {
  const headed = typeOf(headers)
  if (body.trim() === '' && headed === null) return null
  const error = parsed(body)
  return { ...error, type: mitigated.test(headed ?? '') ? headed : (error.type ?? headed) }
}

function parsed(body: string): ProviderError {
  try {
    return fromJson(JSON.parse(body))
  } catch {
    const page = /^\s*<(!doctype html|html|head|body)\b/i.test(body)
    return { ...inWords(textOf(body) || null), type: page ? 'text/html' : null }
  }
}

/** Headers of Cloudflare, Vercel and AWS WAF that tell a challenge from an answer of the API. */
const mitigated = /^(cf-mitigated|x-vercel-mitigated|x-amzn-waf-action)/

/** The type of an error that only a header has: a challenge at the edge, or the name of AWS' exception. */
function typeOf(headers: IncomingHttpHeaders): string | null {
  const name = Object.keys(headers).find((header) => mitigated.test(header))
  if (name !== undefined) return `${name}: ${String(headers[name])}`
  const exception = headers['x-amzn-errortype']
  return typeof exception === 'string' ? exception.replace(/:.*$/s, '').replace(/^.*#/, '') : null
}

/**
 * Reads an error body that is already parsed. Each part is the innermost of its name: `{error: {...}}`,
 * `{error: "..."}`, `[{error}]`, `{errors: [...]}`, `{detail}`, `{fault: {faultstring, detail}}`, `{code,
 * msg}`, `{error_code, error_msg}`, `{__type, Message}`, `{base_resp}`, RFC 9457, or JSON as text in one of
 * these.
 */
export function fromJson(json: unknown): ProviderError {
  const layers = layersOf(json, mostLayers)
  const metadata = asObject(layers.map((layer) => layer.get('metadata')).find(asObject))
  const behind = behindRouter(metadata?.['raw'])
  const words = layers.map(messageOf).find((text) => text !== null)
  // A router's own message says only that its provider failed.
  const message = joined([words, behind?.message])
  return {
    code: find(layers, codes) ?? statusesIn(layers).find(isNumber) ?? pick(layers.map(slugOf)),
    type: pick([metadata?.['error_type'], behind?.code, behind?.type]) ?? typeIn(layers),
    message,
    requestId: find(layers, ['requestid']),
    waitMs: retryHintIn(json, message),
  }
}

/** The first field with one of these names in the innermost layer that has one. */
const find = (layers: readonly Layer[], names: readonly string[]): string | null =>
  pick(layers.flatMap((layer) => names.map((name) => layer.get(name))))

const isNumber = (word: string): boolean => /^\d+$/.test(word)

/** The statuses that layers name: an HTTP status, or Google's name of one. */
const statusesIn = (layers: readonly Layer[]): string[] =>
  layers.map((layer) => pick([layer.get('status')])).filter((status) => status !== null)

/** The type; of MiniMax's errors `base_resp`, which says how to read their code. */
function typeIn(layers: readonly Layer[]): string | null {
  if (layers.some((layer) => pick([asObject(layer.get('baseresp'))?.['status_code']]) !== null))
    return 'base_resp'
  // AWS names an exception `namespace#Name`.
  const type = find(layers, ['errortype', 'exceptiontype', 'type'])?.replace(/^.*#/, '')
  const field = layers.flatMap((layer) => [...layer]).find(([name, value]) => isTyped(name, value))?.[0]
  return type ?? field ?? statusesIn(layers).find((status) => !isNumber(status)) ?? null
}

/** The fields of an object by their plain names: lower case, without `_` and `-`. The first of a name counts. */
export function plain(body: Fields): Map<string, unknown> {
  const entries = Object.entries(body).map(
    ([name, value]) => [name.toLowerCase().replaceAll(/[-_]/g, ''), value] as const,
  )
  return new Map(entries.toReversed())
}

type Fields = Record<string, unknown>
type Layer = ReadonlyMap<string, unknown>

const codes = ['code', 'errorcode', 'errcode', 'errno', 'statuscode', 'retcode', 'returncode', 'resultcode']
const messages = [
  'message',
  'msg',
  'errormessage',
  'errormsg',
  'errmsg',
  'statusmsg',
  'retmsg',
  'returnmsg',
  'resultmsg',
  'faultstring',
  'errordescription',
  'reason',
  'detail',
  'description',
]

/** Fields that wrap an error. Those of the second kind may also hold something else. */
const wrappers = ['error', 'errors', 'err', 'exception', 'fault', 'baseresp', 'detail', 'message']
const looseWrappers = ['response', 'data', 'result', 'body', 'header']

/** A field that wraps an error and names its type (Bedrock's `throttlingException`). */
const namesType = /.(exception|error)$/
const isTyped = (name: string, value: unknown): boolean =>
  namesType.test(name) && asObject(value)?.['message'] !== undefined

/** How deep an error may be wrapped. */
const mostLayers = 6

/** The body and what it wraps, innermost first. */
function layersOf(json: unknown, most: number): Layer[] {
  const list = Array.isArray(json) ? (json as unknown[]) : null
  const body = asObject(list?.map(asObject).find((each) => each !== null) ?? (list === null ? json : null))
  if (body === null) return [new Map([['message', list === null ? json : joined(list.map(wordOf), '; ')]])]
  const layer = plain(body)
  if (list !== null && list.length > 1) layer.set('message', joined(list.map(entryOf), '; '))
  else if (layer.has('loc')) layer.set('message', entryOf(body))
  const inner = most > 0 && wrappedIn(layer)
  return inner ? [...layersOf(inner, most - 1), layer] : [layer]
}

/** What a layer wraps: an object or a list that is not empty, or the same as text. */
function wrappedIn(layer: Layer): unknown {
  const wrapped = (name: string) => {
    const value = layer.get(name)
    const inner = typeof value === 'string' && /^\s*[{[]/.test(value) ? parseJson(value) : value
    return typeof inner === 'object' && inner !== null && Object.keys(inner).length > 0 ? inner : null
  }
  const sure = wrappers.map(wrapped).find((value) => value !== null)
  if (sure !== undefined || messageOf(layer) !== null) return sure
  const typed = [...layer].find(([name, value]) => isTyped(name, value))?.[1]
  return typed ?? looseWrappers.map(wrapped).find((value) => value !== null)
}

/** The words of a layer. A short name in `error` is a code if there is a message too. */
function messageOf(layer: Layer): string | null {
  const message = pick(messages.map((name) => layer.get(name)))
  const headline = pick(
    ['error', 'errors', 'err', 'exception', 'fault', 'title'].map((name) => textIn(layer.get(name))),
  )
  if (message === null || headline === null) return message ?? headline
  return slugOf(layer) === headline || message.includes(headline) ? message : `${headline}: ${message}`
}

/** An entry of a list of errors: what it is about, and its words. */
function entryOf(entry: unknown): string | null {
  const body = asObject(entry)
  if (body === null) return wordOf(entry)
  const layer = plain(body)
  const loc = layer.get('loc')
  return joined([Array.isArray(loc) ? loc.join('.') : null, messageOf(layer)]) ?? wordOf(entry)
}

/** A code where the words should be: `invalid_api_key`, 404. */
function slugOf(layer: Layer): string | null {
  const error = layer.get('error')
  if (typeof error === 'number' && error !== 0) return String(error)
  return typeof error === 'string' && /^[a-z]+([_-][a-z]+)+$/i.test(error) ? error : null
}

/** What a router quotes from its provider: text, or an error body as an object or text. */
function behindRouter(raw: unknown): ProviderError | null {
  const json = typeof raw === 'string' ? (parseJson(raw) ?? raw) : raw
  return json ? fromJson(json) : null
}

const textIn = (value: unknown): string | null =>
  typeof value === 'string' && value.trim() !== '' ? value : null

/** The first text or number that is not empty. */
const pick = (values: readonly unknown[]): string | null => {
  const found = values.find((value) => textIn(value) !== null || (typeof value === 'number' && value !== 0))
  return typeof found === 'string' || typeof found === 'number' ? String(found) : null
}

/** A string or number as text, lists and objects as JSON; null if empty. */
function wordOf(value: unknown): string | null {
  if (value === null || value === undefined || value === '') return null
  if (typeof value === 'string') return value
  try {
    return JSON.stringify(value)
  } catch {
    // Nested deeper than the stack: some thousand levels.
    return null
  }
}

const joined = (parts: readonly (string | null | undefined)[], by = ': '): string | null =>
  parts.filter((part) => part !== null && part !== undefined).join(by) || null

/** Characters of a page that are read. */
const mostPage = 8192

/** The visible text of a page. */
const textOf = (page: string): string =>
  page
    .slice(0, mostPage)
    .replaceAll(/<(?:script|style)\b[\s\S]*?(?:<\/(?:script|style)>|$)|<[^<>]*>?/gi, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
