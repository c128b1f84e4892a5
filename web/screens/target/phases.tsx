import type { Answer } from '../../api/client.ts'
import { count } from '../../format/numbers.ts'
import { clock, day } from '../../format/time.ts'
import { useNow } from '../../ui/clock.ts'
import { PhaseBar } from '../../ui/phase-bar.tsx'
import { medianPhases } from './median-phases.ts'
import styles from './target.module.css'

/** What the time of the calls was spent on, in the middle. */
export function Phases({
  results,
  since,
}: {
  results: Answer<'GET /api/v1/results'>['rows']
  since: string
}) {
  const now = useNow()
  const answered = results.filter(({ success }) => success)
  if (answered.length === 0) return null
  return (
    <section className={styles.panel} aria-labelledby="phases">
      <header className={styles.panelHead}>
        <h2 id="phases">Phases of a call</h2>
        <span className={styles.basis}>
          median of each · n {count(answered.length)} · since {day(since, now)}, {clock(since)}
        </span>
      </header>
      <PhaseBar phases={medianPhases(answered)} />
    </section>
  )
}
