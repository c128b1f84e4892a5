import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'
import type { z } from 'zod'
import { messageOf } from '../core/error.ts'

/** Reads flags and gives them in the types of a schema; the first thing that is wrong with them, by the name that was typed. */
export function parseFlags<Flags>(
  argv: string[],
  options: ParseArgsOptionsConfig,
  schema: z.ZodType<Flags>,
): Flags | { problem: string } {
  try {
    const parsed = schema.safeParse(parseArgs({ args: argv, options }).values)
    if (parsed.success) return parsed.data
    const [issue] = parsed.error.issues
    return { problem: `--${String(issue?.path[0])} ${issue?.message ?? 'cannot be used'}` }
  } catch (error) {
    return { problem: messageOf(error) }
  }
}

/** A flag with a value, and one without. */
export const textFlag = { type: 'string' } as const
export const yesFlag = { type: 'boolean' } as const
