import type { Logger } from 'pino'
import { z } from 'zod'
import type { Refusal } from '../jobs/refusal.ts'
import { isUnreachableKind, type StoreFailure } from '../store/store.ts'

/** An error as every endpoint answers it. The message says what to do and holds no secret. */
export const problemBody = z.object({ error: z.object({ kind: z.string(), message: z.string() }) })

/** Answers with an error. */
export const problem = (status: number, kind: string, message: string): Response =>
  Response.json({ error: { kind, message } } satisfies z.infer<typeof problemBody>, { status })

/** Answers and logs why a job cannot begin. */
export function refusalProblem({ kind, message }: Refusal, log: Logger): Response {
  log.error({ kind }, message)
  return problem(500, kind, message)
}

/** Answers with a failure of the store that is in the log. */
export const failureProblem = ({ kind, message }: StoreFailure): Response =>
  problem(isUnreachableKind(kind) ? 503 : 500, `store_${kind}`, message)

/** Answers and logs a failure of the store. */
export function storeProblem(failure: StoreFailure, log: Logger): Response {
  log.error({ kind: failure.kind, code: failure.code }, failure.message)
  return failureProblem(failure)
}
