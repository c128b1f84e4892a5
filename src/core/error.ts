import { asObject } from './json.ts'

/** The `code` of an error from Node or a driver: `ENOENT`, a SQLSTATE; null if it has none. */
export function codeOf(error: unknown): string | null {
  const code = asObject(error)?.['code']
  return typeof code === 'string' ? code : null
}

/** The message of whatever was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
