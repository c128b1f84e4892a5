import { lookUp } from '../core/json.ts'
import type { ErrorKind } from '../core/outcome.ts'
import { type CodeRule, sureCodes, vagueCodes } from './error-codes.ts'
import { cloudflareCodes, minimaxCodes, statusNames, zhipuCodes } from './error-numbers.ts'
import { errorWords, type WordRule } from './error-words.ts'
import type { ProviderError } from './provider-error.ts'

/**
 * The kind of a reported error: by its code or type, else by its words, else by a vague code, else by the
 * status. An error in a 2xx that says nothing more is `error_in_stream`.
 */
export function kindOf(httpStatus: number, error: ProviderError | null): ErrorKind {
  if (error === null) return kindOfStatus(httpStatus)
  const status = statusOf(httpStatus, error)
  const numbered = lookUp(error.type === 'base_resp' ? minimaxCodes : numberedCodes, error.code)
  if (numbered !== undefined && numbered !== 'bad_request') return numbered
  return (
    found(sure, error) ??
    quotedCode(status, error) ??
    ruleOf(status, error)?.kind ??
    found(vague, error) ??
    numbered ??
    kindOfStatus(status)
  )
}

/** What a reported error advises to do next, as a sentence; null if nothing beyond its kind. */
export const adviceIn = (httpStatus: number, error: ProviderError | null): string | null =>
  error === null ? null : (ruleOf(statusOf(httpStatus, error), error)?.next ?? null)

/** The first rule that matches the words of an error. */
function ruleOf(status: number, { code, type, message }: ProviderError): WordRule | undefined {
  // Links do not say what happened.
  const words = [type, code, message]
    .filter(Boolean)
    .join(' ')
    .slice(0, mostWords)
    .replaceAll(/https?:\S+/g, '')
  return errorWords.find(
    ({ kind, statuses, pattern }) =>
      (statuses === undefined ? mayMean(status, kind) : statuses.includes(status)) && pattern.test(words),
  )
}

/** Characters of an error that are searched. */
const mostWords = 8192

/**
 * The kinds that words may mean with a status. A gateway's prose about models, keys or limits is not about
 * ours: a 5xx is the server's own fault, except that llama.cpp and others answer a prompt that is too long
 * with a 500. A 402 and a 429 are about the account, whatever they say about tokens.
 */
function mayMean(status: number, kind: ErrorKind): boolean {
  if (status === 500) return kind === 'overloaded' || kind === 'context_exceeded'
  if (status > 500) return kind === 'overloaded'
  const kinds = lookUp(narrow, String(status))
  return kinds === undefined || kinds.includes(kind)
}

const narrow: Readonly<Record<string, readonly ErrorKind[]>> = {
  401: ['quota', 'auth'],
  402: ['quota'],
  429: ['rate_limited', 'quota', 'overloaded'],
}

/**
 * The status of an error: its code, if that is one, else the response's. In a 2xx also the status that its
 * message begins with, as of a Spring gateway (`404 NOT_FOUND`), or that its type names; 200 if there is none.
 */
function statusOf(httpStatus: number, error: ProviderError): number {
  const coded = statusIn(error.code)
  if (httpStatus >= 300) return coded ?? httpStatus
  const said = statusIn(leading.exec(error.message ?? '')?.[1] ?? null)
  // A gateway's 500 may hide the status that it was answered with.
  if (coded !== null && (coded < 500 || said === null)) return coded
  return said ?? found(statusNames, error) ?? 200
}

/** A status at the beginning of a message: `404 NOT_FOUND`, `Error code: 401 - ...`, `status_code=429`. */
const leading = /^\W*(?:error (?:code:? )?|http |status(?: code|_code)?[:=]? ?)?([45]\d\d)\b/i

/** What a table says of the code of an error, else of its type. */
const found = <Value>(
  table: Readonly<Record<string, Value>>,
  { code, type }: ProviderError,
): Value | undefined => lookUp(table, code?.toLowerCase()) ?? lookUp(table, type?.toLowerCase())

/** A code that is an HTTP status, as routers send it. */
const statusIn = (code: string | null): number | null => (/^[45]\d\d$/.test(code ?? '') ? Number(code) : null)

/** A sure code of an error that a gateway quotes as JSON or Python in its message. */
function quotedCode(status: number, { message }: ProviderError): ErrorKind | undefined {
  for (const [, code] of (message ?? '')
    .slice(0, mostWords)
    .matchAll(/["'](?:code|type)\\*["']: ?\\*["']([\w.-]+)/g)) {
    const kind = lookUp(sure, code?.toLowerCase())
    if (kind !== undefined && mayMean(status, kind)) return kind
  }
  return undefined
}

const kindsByCode = (rules: readonly CodeRule[]): Readonly<Record<string, ErrorKind>> =>
  Object.fromEntries(rules.flatMap(({ kind, codes }) => codes.map((code) => [code, kind])))
const sure = kindsByCode(sureCodes)
const vague = kindsByCode(vagueCodes)
const numberedCodes = { ...cloudflareCodes, ...zhipuCodes }

/**
 * 498 is Groq's "flex tier is full", 529 means overloaded at Anthropic and OpenRouter; 408 is a server that
 * waited for another.
 */
const byStatus: Readonly<Record<number, ErrorKind>> = {
  401: 'auth',
  402: 'quota',
  403: 'auth',
  408: 'server_error',
  429: 'rate_limited',
  498: 'overloaded',
  503: 'overloaded',
  529: 'overloaded',
}

/** A redirect is a bad request too: the base URL is wrong. */
function kindOfStatus(status: number): ErrorKind {
  if (status < 300) return 'error_in_stream'
  return byStatus[status] ?? (status >= 500 ? 'server_error' : 'bad_request')
}
