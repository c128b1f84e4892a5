import type { Check } from '../core/check.ts'

/** A part that is as it should be. */
export const ok = (name: string, message: string): Check => ({ name, state: 'ok', message, todo: null })

/** A part that works but could be better. */
export const warn = (name: string, message: string, todo: string | null): Check => ({
  name,
  state: 'warn',
  message,
  todo,
})

/** A part that does not work. */
export const fail = (name: string, message: string, todo: string | null): Check => ({
  name,
  state: 'fail',
  message,
  todo,
})
