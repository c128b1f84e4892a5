import { z } from 'zod'
import type { OutputLengths, Work } from '../core/work.ts'

const mostTokens = 1_000_000

/** `--cache`: `warm`, `cold` or `shared=N`; null if it is not given. */
export const cacheFlag = z
  .string()
  .transform((given, context): Pick<Work, 'cache' | 'sharedTokens'> => {
    if (given === 'warm' || given === 'cold') return { cache: given }
    const sharedTokens = Number(/^shared=(\d{1,7})$/.exec(given)?.[1] ?? 0)
    if (sharedTokens < 1 || sharedTokens > mostTokens)
      context.addIssue(`must be warm, cold or shared=N with N from 1 to ${mostTokens}`)
    return { cache: 'shared', sharedTokens }
  })
  .nullable()
  .default(null)

const mostLimits = 100

/** `--output-tokens`: one limit, several, or from one to another; null if it is not given. */
export const outputsFlag = z
  .string()
  .transform((given, context): OutputLengths => {
    const [, least, most] = /^\s*(\d{1,7})\s*\.\.\s*(\d{1,7})\s*$/.exec(given) ?? []
    const isRange = least !== undefined && most !== undefined
    const limits = isRange ? [Number(least), Number(most)] : limitsOf(given)
    const isWrong = limits.length === 0 || limits.some((each) => each < 1 || each > mostTokens)
    if (isWrong || (isRange && Number(least) > Number(most)) || limits.length > mostLimits)
      context.addIssue(
        `must be a limit, several (64,256) or a range (64..256), from 1 to ${mostTokens} each, at most ${mostLimits} of them`,
      )
    return isRange ? { least: Number(least), most: Number(most) } : { list: limits }
  })
  .nullable()
  .default(null)

const limitsOf = (given: string): number[] =>
  /^\s*\d{1,7}(\s*,\s*\d{1,7})*\s*$/.test(given) ? given.split(',').map(Number) : []
