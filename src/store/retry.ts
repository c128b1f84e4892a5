import { setTimeout } from 'node:timers/promises'
import type { CallFunction } from './functions.ts'
import { isSettling, isUnreachable } from './store.ts'

/** Randomness in 0..1 and a way to wait some ms. */
export interface Pauses {
  sleep: (ms: number) => Promise<unknown>
  random: () => number
}

const maxAttempts = 3
const firstPauseMs = 200

/** The pause before a call is repeated, in ms; null if repeating it is of no use. `drawn` is in 0..1. */
function pauseAfter(error: unknown, attempt: number, drawn: number): number | null {
  if (isSettling(error)) return 1000 * (1 + drawn)
  return isUnreachable(error) ? firstPauseMs * 4 ** (attempt - 1) * (0.5 + drawn) : null
}

/**
 * The same calls, each retried while the database is unreachable or its gateway unsettled: up to three
 * attempts, with pauses that grow and differ between workers. Every function may be repeated with the same
 * input, so a lost answer does no harm.
 */
export const withRetry =
  (call: CallFunction, pauses: Pauses = { sleep: setTimeout, random: Math.random }): CallFunction =>
  async (name, input) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await call(name, input)
      } catch (error) {
        const pauseMs = pauseAfter(error, attempt, pauses.random())
        if (attempt === maxAttempts || pauseMs === null) throw error
        await pauses.sleep(pauseMs)
      }
    }
  }
