import type { Answer } from '../../api/client.ts'
import { span } from '../../format/time.ts'
import { Bar } from '../../ui/bar.tsx'
import { Cancel } from '../../ui/cancel.tsx'
import { stateOf } from '../../ui/job-words.ts'
import styles from './run.module.css'
import type { Call } from './call.ts'
import { Cards } from './cards.tsx'
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
