import { z } from 'zod'
import { parseObjectives } from '../report/describe-sweep.ts'
import { maybe } from './page.ts'

/** What a good request is to keep, as `--slo` has it. */
export const slo = maybe(
  z
    .string()
    .max(200)
    .transform((text, context) => {
      const parsed = parseObjectives(text)
      if ('objectives' in parsed) return parsed.objectives
      context.addIssue({ code: 'custom', message: parsed.problem })
      return z.NEVER
    })
    .openapi({ type: 'string', description: 'Judges by these objectives: `ttft=500ms,tpot=30ms`' }),
)
