/** What looking at one part of an installation came to. */
export interface Check {
  /** The part: `store`, `clock`. */
  name: string
  state: 'ok' | 'warn' | 'fail'
  message: string
  /** What to do about it; null where nothing is, or the message says it. */
  todo: string | null
}
