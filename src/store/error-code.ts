import { asObject } from '../core/json.ts'

/** The `code` of an error of Node's or of a driver: `ENOENT`, a SQLSTATE; null where it has none. */
export function codeOf(error: unknown): string | null {
  const code = asObject(error)?.['code']
  return typeof code === 'string' ? code : null
}

/** What an error says of itself. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
