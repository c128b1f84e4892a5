import { asObject, parseJson } from '../core/json.ts'
import { fromJson, plain, type ProviderError, readError } from './provider-error.ts'

type Fields = Record<string, unknown>

/**
 * The body with the error of one event or answer, verbatim; null if it reports none.
 *
 * Beside choices or usage only an explicit report counts: `error`, `object: "error"` or `base_resp`. Anything
 * else is an error if one of its fields says that something failed: by its name (`errors`, `error_msg`,
 * `fault`, `detail`, ...), by its value (`success: false`, a status of 400 and more, a type that ends in
 * error), or as a message with a code or nothing else. Empty values say nothing: null, false, 0, `""`, `[]`,
 * `{}`, a code of success.
 */
export function errorOf(body: Fields): Fields | null {
  if (says(body['error']) || body['object'] === 'error' || failsBaseResp(body)) return body
  const first = Array.isArray(body['choices']) ? asObject(body['choices'][0]) : null
  for (const place of [body['x_groq'], first, first?.['delta']]) {
    const inside = asObject(place)?.['error']
    if (says(inside)) return { error: inside }
  }
  return first === null && !says(body['usage']) && failed(body) ? body : null
}

/** Words that stand for nothing, in a field for an error. */
const nothing = /^(|0+|2\d\d|no(ne)?|null|nil|false|undefined|ok|success(ful)?)$/i

/** Whether a value says anything. */
function says(value: unknown, depth = 3): boolean {
  if (typeof value === 'string' || typeof value === 'number') return !nothing.test(String(value).trim())
  if (typeof value !== 'object' || value === null) return value === true
  return depth === 0 || Object.values(value).some((each) => says(each, depth - 1))
}

const failsBaseResp = (body: Fields): boolean => says(asObject(body['base_resp'])?.['status_code'])

/** Fields that say of themselves that something failed, by their plain name. */
const failures: readonly (readonly [name: RegExp, fails: (value: unknown) => boolean])[] = [
  [/^((is|has)?errors?|err|faults?|exceptions?|failure|traceback)$/, says],
  [
    /^(error|err|exception|fault)(code|no|type|name|msg|message|text|desc|description|info|details?|reason|string)$/,
    says,
  ],
  // Bedrock's events: `{internalServerException: {message}}`.
  [/(exception|error)$/, (value) => says(asObject(value)?.['message'])],
  // FastAPI lists what is wrong; elsewhere it may be any remark.
  [/^detail$/, (value) => (typeof value === 'string' ? bad.test(value) : says(value))],
  [/^(is)?(success|succeeded|ok)$/, (value) => value === false || value === 'false' || value === 0],
  [/^((http|ret|return|result)?code|(http)?status(code)?)$/, (value) => /^[45]\d\d$/.test(String(value))],
  [/^(type|object|event|status|state|result)$/, (value) => typeof value === 'string' && failing.test(value)],
  [/^(data|response|result)$/, (value) => says(plain(asObject(value) ?? {}).get('error'))],
]

/** A type or status that means failure: `error`, `invalid_request_error`, `NotFoundError`, `response.failed`. */
const failing = /(error|exception|fault|failed|failure|^fail)$/i

/** Fields with the code and the words of an answer, whatever it says; of Spark both are in `header`. */
const codeNames = ['code', 'retcode', 'returncode', 'resultcode']
const messageNames = ['message', 'msg', 'retmsg', 'returnmsg', 'resultmsg']

function failed(body: Fields): boolean {
  const fields = plain(body)
  for (const [name, value] of fields)
    if (failures.some(([names, fails]) => names.test(name) && fails(value))) return true
  const header = asObject(fields.get('header'))
  return tells(fields) || (header !== null && tells(plain(header))) || isDetailAlone(fields)
}

/** Whether a message with a code that is none of success, or a message alone, tells of a failure. */
function tells(fields: ReadonlyMap<string, unknown>): boolean {
  const message = messageNames.map((name) => fields.get(name)).find((value) => value !== undefined)
  if (typeof message !== 'string' || !says(message) || good.test(message)) return false
  return codeNames.some((name) => says(fields.get(name))) || bad.test(message)
}

/** How a message begins that goes with a code of success other than 0 or 200. */
const good = /^\W*(ok\b|success|succeed|操作成功|请求成功|成功)/i

const isDetailAlone = (fields: ReadonlyMap<string, unknown>): boolean =>
  fields.size === 1 && says(fields.get('detail'))

/** How prose says that something failed. Without one of these words a lone message may be a greeting. */
const bad =
  /error|exception|fail|denied|forbidden|unauthori[sz]ed|invalid|expired|missing|refused|rejected|unavailable|unsupported|overloaded|exceed|insufficient|time(d )?-?out|too (many|large|long)|not (found|allowed|authori[sz]ed|permitted|enabled|supported|available|exist)|can(no|')t|unable|bad gateway|no route|disconnect|limit/i

/** Characters of text in which an error is looked for, and of a plain line that may be one. */
const mostText = 16_384
const mostLine = 500

/**
 * A line that calls itself an error: `error: ...`, `[ERROR]`, an exception of Python or Java, an object as
 * Python prints it, or the name of a status.
 */
const titled =
  /^(data\s*:\s*)?(([\w.]*(error|exception)\s*:)|\[(error|exception)\]|error$|traceback\b|\{\s*'(error|errors|message|detail)'\s*:|(http\/[\d.]+ )?([45]\d\d )?(internal server error|bad gateway|service unavailable|gateway time-?out|too many requests|upstream connect error)\b)/i

const page = /^<(!doctype|html|head|body|\?xml|error)\b/i

/**
 * The error that text between the events of a stream reports: bare JSON, also behind `error:` or behind an
 * object that was cut off, a line that calls itself an error, or a page that says so. Null if there is none:
 * prose may be anything.
 */
export function reportIn(text: string): ProviderError | null {
  const seen = text.slice(0, mostText).trim()
  const found = errorsIn(seen)
  return found === null
    ? proseIn(seen, titled.test(seen) || (page.test(seen) && isBad(seen)))
    : fromJson(found)
}

/**
 * The same of text that stands where only JSON should: a whole answer without an event, or the data of one.
 * There a short line may also say that something failed.
 */
export function errorInText(text: string): ProviderError | null {
  const seen = text.slice(0, mostText).trim()
  return reportIn(seen) ?? proseIn(seen, isBad(seen))
}

/** Whether it is prose that says so; what ends like JSON is the rest of a chunk that was cut. */
const isBad = (text: string): boolean => !/["}\]]$/.test(text) && bad.test(readError(text)?.message ?? '')

function proseIn(seen: string, fails: boolean): ProviderError | null {
  const line = seen.replace(/^(data|error)\s*:\s*/i, '')
  if (
    !fails ||
    line === '' ||
    (!page.test(line) && (line.length > mostLine || /^([[{]\s*["{[]|["<])/.test(line)))
  )
    return null
  return readError(line)
}

/** The first JSON object in the text that is an error. */
function errorsIn(text: string): Fields | null {
  const lines = text.split(/\r?\n/).map((line) => line.replace(/^\s*[\w ]{0,20}:\s*(?=[{[])/, ''))
  const tails = [...text.matchAll(/\{\s*"(error|errors|type|code|success|object)"\s*:/g)].map(({ index }) =>
    text.slice(index),
  )
  for (const candidate of [text, ...lines, ...tails.slice(0, mostTails)]) {
    const json = parseJson(candidate)
    const body = asObject(Array.isArray(json) ? json[0] : json)
    const error = body && errorOf(body)
    if (error) return error
  }
  return null
}

/** Places in the text where an error may begin. */
const mostTails = 20
