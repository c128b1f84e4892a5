import type { IncomingHttpHeaders } from 'node:http'
import type { JsonObject } from '../core/json.ts'
import { cutWithoutKeys } from '../net/redact.ts'

/**
 * Headers with the limits of an account: OpenAI and most, Together, Anthropic, `RateLimit` and
 * `RateLimit-Policy` of draft-ietf-httpapi-ratelimit-headers.
 */
const limitHeaders = /^((x-)?ratelimit(-|$)|x-tokenlimit-|anthropic-ratelimit-|retry-after)/

/** More headers, or longer ones, are something else. */
const mostHeaders = 40
const longestValue = 200

/** A response's rate limits by header name, without these keys; null if there are none. */
export function limitsIn(headers: IncomingHttpHeaders, keys: readonly (string | null)[]): JsonObject | null {
  const found = Object.entries(headers).flatMap(([name, value]) =>
    limitHeaders.test(name) && typeof value === 'string'
      ? [[name, cutWithoutKeys(value, longestValue, keys)] as const]
      : [],
  )
  return found.length > 0 && found.length <= mostHeaders ? Object.fromEntries(found) : null
}

/**
 * The wait before the next call that the provider asks for, in ms: `retry-after-ms`, else `retry-after` in
 * seconds or as a date (RFC 9110, section 10.2.3); null if there is none.
 */
export function retryAfterIn(headers: IncomingHttpHeaders, now: Date): number | null {
  const milliseconds = numberIn(headers['retry-after-ms'])
  if (milliseconds !== null) return milliseconds
  const seconds = numberIn(headers['retry-after'])
  if (seconds !== null) return seconds * 1000
  const text = headers['retry-after'] ?? ''
  const until = /[a-z]{3}/i.test(text) ? Date.parse(text) : NaN
  return Number.isNaN(until) ? null : Math.max(0, until - now.getTime())
}

const numberIn = (value: string | string[] | undefined): number | null =>
  typeof value === 'string' && /^\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : null
