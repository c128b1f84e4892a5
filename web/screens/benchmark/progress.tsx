import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type Answer, send } from '../../api/client.ts'
import { jobQuery } from '../../api/benchmark-queries.ts'
import { useSession } from '../../api/session.ts'
import { tell } from '../../app/notices.ts'
import { duration, tokenRate } from '../../format/numbers.ts'
import { span } from '../../format/time.ts'
import { plural } from '../../format/words.ts'
import { Button } from '../../ui/button.tsx'
import styles from './run.module.css'
import { type Call, type Heard, sizeOf } from './call.ts'
import { progressByProvider, type TargetLine } from './view.ts'

type Job = Answer<'GET /api/v1/benchmarks/{id}'>
type InHand = Heard['inHand'] extends ReadonlyMap<string, infer Probe> ? Probe : never

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
  inHand: readonly InHand[]
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
        {!isOver && <Cancel job={job} />}
      </div>
      <Bar label="All calls" percent={percent} />
      {!isOver && (
        <ul className={styles.cards}>
          {progressByProvider(targets, calls).map(
            ({ provider, models, done: made, total: of, failed, last }) => (
              <li key={provider}>
                <div className={styles.line}>
                  <strong>{nameOf(provider)}</strong>
                  <span>
                    {made} / {of}
                  </span>
                </div>
                <Bar label={nameOf(provider)} percent={of === 0 ? 100 : (made / of) * 100} />
                <p>
                  {nowOf(
                    inHand.filter((probe) => probe.provider === provider),
                    made === of,
                  ) ?? plural(models.length, 'model')}
                </p>
                <p>
                  {last === null
                    ? 'no answer yet'
                    : `last ${tokenRate(last.tps)}, TTFT ${duration(last.ttftMs)}`}
                  {failed > 0 && <span className={styles.bad}> · {failed} failed</span>}
                </p>
              </li>
            ),
          )}
        </ul>
      )}
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
  if (status === 'finished' && n > 0) return `Finished, ${plural(n, 'call')} left out`
  return status === 'finished' ? 'Finished' : `Ended: ${status}`
}

/** What is being called, in words. */
function nowOf(inHand: readonly InHand[], isDone: boolean): string | null {
  const [first] = inHand
  if (first === undefined) return isDone ? 'done' : null
  const call = first.warmup ? 'warm-up' : `run ${first.iteration}`
  const size = first.context_tokens === null ? '' : `, context ${sizeOf(first.context_tokens)}`
  const others = inHand.length === 1 ? '' : `, and ${inHand.length - 1} more`
  return `${first.model}, ${call}${size}${others}`
}

function Bar({ label, percent }: { label: string; percent: number }) {
  return (
    <div
      className={styles.bar}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.floor(percent)}
    >
      <div style={{ transform: `scaleX(${percent / 100})` }} />
    </div>
  )
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
