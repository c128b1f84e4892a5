import { asObject } from '../core/json.ts'

/** An error as the provider reported it; absent parts are null. */
export interface ProviderError {
  code: string | null
  type: string | null
  message: string | null
  requestId: string | null
}

/**
 * Reads an error body in any dialect: `{error: {...}}`, `{error: "..."}`, `{code, error}`, `{message, ...}`,
 * `{detail}`, `[{error}]`, `{base_resp}`, HTML or plain text. Null if it is empty.
 */
export function readError(body: string): ProviderError | null {
  if (body.trim() === '') return null
  try {
    return fromJson(JSON.parse(body))
  } catch {
    return { code: null, type: null, message: textOf(body.slice(0, mostPage)), requestId: null }
  }
}

/** Reads an error body that is already parsed, as in a stream. */
export function fromJson(json: unknown): ProviderError {
  const body = asObject(Array.isArray(json) ? json[0] : json) ?? { message: json }
  const inner = asObject(body['error']) ?? {}
  const minimax = asObject(body['base_resp']) ?? {}
  const metadata = asObject(inner['metadata']) ?? {}
  return {
    code: pick(inner['code'], minimax['status_code'], body['code'], inner['status_code'], body['status']),
    type: pick(
      metadata['error_type'],
      inner['type'],
      inner['status'],
      body['base_resp'] && 'base_resp',
      body['type'],
    ),
    message: joined([
      pick(
        inner['message'],
        body['error'],
        minimax['status_msg'],
        body['message'],
        body['detail'],
        body['msg'],
      ),
      // A router's own message says only that its provider failed.
      pick(metadata['raw']),
    ]),
    requestId: pick(body['request_id'], inner['request_id']),
  }
}

/** The first of these that is not empty. */
const pick = (...values: unknown[]): string | null =>
  values.map(wordOf).find((value) => value !== null) ?? null

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

const joined = (parts: (string | null)[]): string | null =>
  parts.filter((part) => part !== null).join(': ') || null

/** Characters of a page that are read. */
const mostPage = 8192

/** The visible text of a page. */
const textOf = (page: string): string =>
  page
    .replaceAll(/<(script|style)[\s\S]*?<\/\1>|<[^>]*>/gi, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
