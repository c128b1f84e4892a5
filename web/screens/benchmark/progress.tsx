import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type Answer, send } from '../../api/client.ts'
import { jobQuery } from '../../api/benchmark-queries.ts'
import { useSession } from '../../api/session.ts'
import { tell } from '../../app/notices.ts'
import { span } from '../../format/time.ts'
import { plural } from '../../format/words.ts'
import { Button } from '../../ui/button.tsx'
import styles from './run.module.css'
import type { Call } from './call.ts'
import { Cards } from './cards.tsx'
import { Bar } from './bar.tsx'
import { ShowText } from './show-text.tsx'
import type { TargetLine } from './view.ts'

type Job = Answer<'GET /api/v1/benchmarks/{id}'>

/** How far a run is, as a whole and by provider. */
export function Progress({
  job,
  progress: { done, total, percent, eta_s: eta },
  targets,
  calls,
  inHand,
  nameOf,
}: {
  job: Job
  progress: Job['progress']
  targets: readonly TargetLine[]
  calls: readonly Call[]
  inHand: Parameters<typeof Cards>[0]['inHand']
  nameOf: (provider: string) => string
}) {
  const isOver = job.finished_at !== null
  return (
    <section className={styles.progress} aria-label="Progress">
      <div className={styles.line}>
        <strong>{stateOf(job)}</strong>
        <span aria-live="polite">
          {done} / {total} calls
        </span>
        <span className={styles.eta}>
          {!isOver &&
            job.status === 'running' &&
            (eta === null ? 'time left unknown yet' : `about ${span(eta * 1000)} left`)}
        </span>
        {!isOver && <ShowText />}
        {!isOver && <Cancel job={job} />}
      </div>
      <Bar label="All calls" percent={percent} />
      {!isOver && <Cards run={job.job_id} targets={targets} calls={calls} inHand={inHand} nameOf={nameOf} />}
    </section>
  )
}

function stateOf({
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

function Cancel({ job: { job_id: id, is_cancelling: isCancelling } }: { job: Job }) {
  const { isAdmin } = useSession()
  const queries = useQueryClient()
  const cancel = useMutation({
    mutationFn: () => send('POST', '/api/v1/benchmarks/{id}/cancel', { params: { id } }),
    onSuccess: (job) => queries.setQueryData(jobQuery(id).queryKey, job),
    onError: ({ message }) => tell(`It could not be cancelled: ${message}`),
  })
  const isBusy = cancel.isPending || isCancelling
  return (
    <Button
      why={isAdmin ? (isBusy ? 'It is being cancelled' : null) : 'Sign in to cancel it'}
      onClick={() => cancel.mutate()}
    >
      {isBusy ? 'Cancelling' : 'Cancel'}
    </Button>
  )
}
