import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answer as answerHere } from '../../src/serverless.ts'

/** Answers a request as a function does, with a log folder of its own: no call delivers what another spooled. */
export const answer = (
  request: Request,
  env: Parameters<typeof answerHere>[1],
  budgetMs?: number,
): Promise<Response> =>
  answerHere(request, { LOG_DIR: join(tmpdir(), `firsttoken-${randomUUID()}`), ...env }, budgetMs)
