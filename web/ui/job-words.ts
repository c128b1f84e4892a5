import type { Answer } from '../api/client.ts'
import { plural } from '../format/words.ts'

type Job = Answer<'GET /api/v1/benchmarks/{id}'>

/** How a run on demand is, in words: `Waiting, number 2 in the queue`. */
export function stateOf({
  status,
  place,
  is_cancelling: isCancelling,
  finished_at: end,
  n_skipped: n,
}: Job): string {
  if (isCancelling) return 'Cancelling'
  if (status === 'queued') return place === null ? 'Waiting' : `Waiting, number ${place} in the queue`
  if (status === 'running' && end === null) return 'Running'
  if (status === 'cancelled') return `Cancelled, ${plural(n, 'call')} not made`
  if (status === 'abandoned') return `Abandoned: no server went on with it, ${plural(n, 'call')} not made`
  if (status === 'finished' && n > 0) return `Finished, ${plural(n, 'call')} left out`
  return status === 'finished' ? 'Finished' : `Ended: ${status}`
}
