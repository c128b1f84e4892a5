import type { Answer } from '../api/client.ts'
import { count, usd } from '../format/numbers.ts'
import { span } from '../format/time.ts'
import { isolated, list, plural, spoken } from '../format/words.ts'
import styles from './takes.module.css'

type Estimated = Answer<'POST /api/v1/benchmarks/comparison/estimate'>

/** What a run would take, and what it would leave out. */
export function Takes({
  estimate: { probes, begins_with: begins, cost_usd, seconds, longest_seconds, unpriced, skipped },
  notes,
}: Estimated) {
  const leftOut = [
    ...Map.groupBy(skipped, ({ model, reason }) => `of ${isolated(model)} left out: ${spoken(reason)}`),
  ]
  const unknown = unpriced.filter(({ is_free: isFree }) => !isFree)
  return (
    <>
      <dl className={styles.takes}>
        <div
          title={begins === null ? undefined : 'The calls that it begins with, and the most that may come'}
        >
          <dt>Calls</dt>
          <dd>{begins === null || begins === probes ? probes : `${begins} to ${count(probes)}`}</dd>
        </div>
        <div title="If every answer is as long as it may be">
          <dt>Cost at most</dt>
          <dd>
            {usd(cost_usd)}
            {unknown.length > 0 && ' + unknown'}
          </dd>
        </div>
        <div title={`At most ${span(longest_seconds * 1000)}`}>
          <dt>Time, about</dt>
          <dd>{seconds === null ? 'unknown' : span(seconds * 1000)}</dd>
        </div>
      </dl>
      {unknown.length > 0 && (
        <p>No price is known of {list([...new Set(unknown.map(({ model }) => model))])}.</p>
      )}
      {leftOut.map(([about, rows]) => (
        <p key={about}>
          {plural(
            rows.reduce((sum, { n }) => sum + n, 0),
            'call',
          )}{' '}
          {about}
        </p>
      ))}
      {notes.map((note) => (
        <p key={note}>{note}</p>
      ))}
    </>
  )
}
