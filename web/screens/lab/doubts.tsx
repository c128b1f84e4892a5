import type { SweepInDetail } from '../../api/sweep-queries.ts'
import { list, plural, spoken } from '../../format/words.ts'
import styles from './lab.module.css'
import { doubtsOf } from './distrust.ts'
import { failuresOf, loadName, loadNames } from './view.ts'

/** What to distrust of a sweep, and what its requests failed of. */
export function Doubts({ sweep: { levels } }: { sweep: SweepInDetail }) {
  const found = levels.flatMap((level) => doubtsOf(level).map(({ text }) => ({ text, level })))
  const said = [...Map.groupBy(found, ({ text }) => text)].map(([text, of]) => ({
    text,
    levels: loadNames(of.map(({ level }) => level.load)),
  }))
  const failures = levels.filter(({ report }) => report !== null && failuresOf(report) > 0)
  const isClosed = levels.some(({ load }) => 'concurrency' in load)
  const short = levels.some(({ report }) => report !== null && report.n < p99From)
  return (
    <section className={styles.block} aria-labelledby="doubts">
      <h2 id="doubts">What to distrust</h2>
      <ul className={styles.doubts}>
        {said.map(({ text, levels: of }) => (
          <li key={text}>
            <strong>{of}</strong>: {text}.
          </li>
        ))}
        {failures.map(({ level, load, report }) => (
          <li key={level}>
            <strong>{loadName(load)}</strong>:{' '}
            {list(Object.entries(report?.errors ?? {}).map(([kind, n]) => `${n} ${spoken(kind)}`))} of{' '}
            {plural(report?.n ?? 0, 'request')}.
          </li>
        ))}
        {isClosed && (
          <li>
            A closed loop is blind to waiting: while an endpoint stands still, a client sends nothing. What
            users wait for is shown by an open loop.
          </li>
        )}
        {short && <li>A p99 of fewer than {p99From} requests has no upper end of its interval.</li>}
        <li>
          Intervals take requests as independent; waits in a queue are not, so that the true ones are wider.
        </li>
      </ul>
    </section>
  )
}

/** From so many requests on, order statistics enclose a 99th percentile. */
const p99From = 370
