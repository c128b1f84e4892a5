import { z } from 'zod'
import { asObject, type Json, type JsonObject, storable } from '../core/json.ts'

// Converts between camelCase names and the database's: the only place that knows both.

const snakeCase = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** An object with its keys in the database's spelling; nested keys stay as they are. */
export const toColumns = (object: object): JsonObject =>
  Object.fromEntries(
    Object.entries(object)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [snakeCase(key), toJson(value)]),
  )

/**
 * Any value as JSON that Postgres accepts. Text loses characters that jsonb cannot hold; NaN and infinity
 * become null.
 */
export function toJson(value: unknown): Json {
  if (typeof value === 'string') return storable(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'boolean') return value
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map(toJson)
  const object = asObject(value)
  if (object === null) return null
  return Object.fromEntries(
    Object.entries(object)
      .filter(([, field]) => field !== undefined)
      .map(([key, field]) => [storable(key), toJson(field)]),
  )
}

const camelCase = (key: string) => key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

/** A schema for an object from the database, which sees its keys in camelCase. */
export const fromColumns = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => {
    const object = asObject(value)
    if (object === null) return value
    return Object.fromEntries(Object.entries(object).map(([key, field]) => [camelCase(key), field]))
  }, schema)

/** A timestamp as Postgres writes it in JSON. */
export const date = z.iso.datetime({ offset: true }).transform((text) => new Date(text))
