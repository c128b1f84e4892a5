import { plural, spoken } from '../../format/words.ts'
import styles from './run.module.css'
import { endOf } from './call.ts'
import type { Failure } from './view.ts'

/** What failed, each kind once; a click opens what the provider said. */
export function Failures({
  failures,
  nameOf,
  isAll = false,
}: {
  failures: readonly Failure[]
  nameOf: (provider: string) => string
  /** Nothing succeeded at all. */
  isAll?: boolean
}) {
  return (
    <section className={styles.failures} aria-label="Errors" {...(isAll && { role: 'alert' })}>
      <h2>
        {isAll
          ? 'All benchmarks failed. Check your API keys and model configuration.'
          : plural(
              failures.reduce((sum, { n }) => sum + n, 0),
              'call failed',
              'calls failed',
            )}
      </h2>
      <ul>
        {failures.map(({ first, n }) => (
          <li key={first.id}>
            <details>
              <summary>
                <strong>{first.model}</strong> {nameOf(first.provider)} · {endOf(first)}
                {first.errorKind !== null && first.status !== null && ` · ${spoken(first.errorKind)}`}
                {n > 1 && ` · ${n} times`}
              </summary>
              <p>{first.message ?? 'What the provider said is being read.'}</p>
            </details>
          </li>
        ))}
      </ul>
    </section>
  )
}
