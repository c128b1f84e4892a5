import { asObject, type JsonObject } from '../core/json.ts'
import type { CallFunction } from './functions.ts'
import { StoreError } from './store.ts'

/** What a result is recorded without, in this order, while the whole is too large. */
const parts = ['timeline', 'response_text'] as const
type Part = (typeof parts)[number]

/**
 * The same calls; a result that is too large (HTTP 413, or beyond a limit of Postgres) is recorded without
 * its timeline, then without its text too. Its notes say so, and the output names in `left_out` what is not
 * there.
 */
export const leavingOut =
  (call: CallFunction): CallFunction =>
  async (name, input) => {
    if (name !== 'record_result') return call(name, input)
    const record = async (leftOut: readonly Part[]): Promise<unknown> => {
      try {
        const output = await call(name, without(input, leftOut))
        return leftOut.length === 0 ? output : { ...asObject(output), left_out: leftOut }
      } catch (error) {
        const next = parts[leftOut.length]
        if (next === undefined || !(error instanceof StoreError) || error.kind !== 'too_large') throw error
        return record([...leftOut, next])
      }
    }
    return record([])
  }

/** What the notes of a result say of parts that were left out. */
export const leftOutNotes = (leftOut: readonly string[]): string[] =>
  leftOut.length === 0
    ? []
    : [`recorded without ${leftOut.join(' and ')}: too large for the database or its gateway`]

/** The input of `record_result` without some parts, which its notes name. */
function without(input: JsonObject, leftOut: readonly Part[]): JsonObject {
  if (leftOut.length === 0) return input
  const result = { ...(input['result'] as JsonObject) }
  const notes = [...((result['notes'] as string[] | undefined) ?? []), ...leftOutNotes(leftOut)]
  const texts = leftOut.includes('response_text') ? { response_text: null } : {}
  return { ...input, result: { ...result, ...texts, notes }, timeline: null }
}
