/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** A JSON object. */
export type JsonObject = { [key: string]: Json }

/** The value as an object, or null if it is anything else: for looking into untrusted data. */
export const asObject = (value: unknown): Record<string, unknown> | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null

/** What jsonb cannot store: NUL and lone surrogates. */
const unstorable = /[\0\p{Surrogate}]/gu

/** The text without characters that a database cannot store. */
export const storable = (text: string): string => text.replace(unstorable, '')

/** Looks up an untrusted key in a table of ours; `constructor` and the like are never found. */
export const lookUp = <Value>(
  table: Readonly<Record<string, Value>>,
  word: string | null | undefined,
): Value | undefined =>
  word !== null && word !== undefined && Object.hasOwn(table, word) ? table[word] : undefined

/** Parses JSON; null if it is invalid. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return null
  }
}
