/** The result of checking one part of an installation. */
export interface Check {
  /** The part: `store`, `clock`. */
  name: string
  state: 'ok' | 'warn' | 'fail'
  message: string
  /** How to fix it; null if nothing is wrong or the message says it. */
  todo: string | null
}
