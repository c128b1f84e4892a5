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

/**
 * A value as the text of a JSON document, which a terminal shows as it is: what JSON allows in a string but a
 * terminal may obey (C1 controls, which start escape sequences too; directions of writing) is escaped as well.
 */
export const toJsonText = (value: unknown, indent?: number): string =>
  escapeControls(JSON.stringify(value ?? null, null, indent))

/** JSON text that means the same, without characters that a terminal obeys. */
export const escapeControls = (json: string): string =>
  json.replaceAll(
    /[\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/g,
    (character) => String.raw`\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
