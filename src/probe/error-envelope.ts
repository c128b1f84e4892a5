import { asObject } from '../core/json.ts'
import { errorOf, parseJson } from './chunk.ts'

/** The error in a text that is no server-sent event; null if it says nothing of one. */
export function errorInText(text: string): Record<string, unknown> | null {
  const json = parseJson(text.trim().replace(/^error:\s*/i, ''))
  const body = asObject(Array.isArray(json) ? json[0] : json)
  return body === null ? null : errorOf(body)
}
