/** Any value that JSON can carry. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** A JSON object. */
export type JsonObject = { [key: string]: Json }

/** The value as an object, or null where it is something else: the way to look into bytes that nobody vouches for. */
export const asObject = (value: unknown): Record<string, unknown> | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null

/** What jsonb cannot hold: NUL, and surrogates without their other half. */
const unstorable = /[\0\p{Surrogate}]/gu

/** The text without what a database cannot hold. */
export const storable = (text: string): string => text.replace(unstorable, '')

/** What a table of ours has under a word from outside; `constructor` and its like are in none. */
export const lookUp = <Value>(
  table: Readonly<Record<string, Value>>,
  word: string | null | undefined,
): Value | undefined =>
  word !== null && word !== undefined && Object.hasOwn(table, word) ? table[word] : undefined
