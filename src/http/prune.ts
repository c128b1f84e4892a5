import type { Logger } from 'pino'
import type { Pruning } from '../run/prune.ts'
import { toColumns } from '../store/columns.ts'
import { StoreError } from '../store/store.ts'
import { refuseStranger } from './auth.ts'
import { storeProblem } from './cron.ts'

/** What the endpoint of pruning is made with. */
export interface PruneParts {
  cronSecret: string | null
  log: Logger
  /** Prunes for as long as there is time; rejects with StoreError. */
  prune: () => Promise<Pruning>
}

/** Takes away what is too old. What there was no time for is left for the next call: `done` is false. */
export async function pruneHandler(
  request: Request,
  { cronSecret, log, prune }: PruneParts,
): Promise<Response> {
  const refused = refuseStranger(request, cronSecret)
  if (refused !== null) return refused
  try {
    const pruned = toColumns(await prune())
    log.info(pruned, 'pruned')
    return Response.json(pruned)
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    return storeProblem(error, log)
  }
}
