import type { JsonObject } from './json.ts'
import type { Result } from './result.ts'

/** A name in the database's spelling: `ttftMs` is `ttft_ms`. */
export type SnakeCase<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${SnakeCase<Rest>}`
  : Name

type Cell<Value> = Value extends Date ? string : Value

/** An object as a row: the database's column names, and moments as ISO 8601 text. */
export type Row<Fields> = { [Name in keyof Fields as SnakeCase<Name & string>]: Cell<Fields[Name]> }

/** A result as a row of benchmark_results: what `--json`, events and the API show. */
export type ResultRow = Row<Omit<Result, 'timeline' | 'prices'>> & {
  prices: JsonObject | null
  /** Only the database knows these; absent until it has recorded the result. */
  provider_id?: string | null
  model_id?: string | null
  created_at?: string
}
