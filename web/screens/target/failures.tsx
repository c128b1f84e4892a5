import { useQuery } from '@tanstack/react-query'
import { errorsQuery, type Stretch } from '../../api/target-queries.ts'
import { count, percent } from '../../format/numbers.ts'
import { spoken } from '../../format/words.ts'
import { PartHeading } from '../../ui/heading.tsx'
import { Panel } from '../../ui/panel.tsx'
import styles from './target.module.css'

/** Whose fault failures are, and which of them lower uptime. */
const faults: Readonly<Record<string, string>> = {
  provider: 'of the provider',
  account: 'of our account there: no downtime',
  config: 'of our settings: no downtime',
  excluded: 'of nobody: the content was refused',
  self: 'of this machine: no downtime',
}

/** Failures of a time by whose fault they are and their kind, as shares of the calls. */
export function Failures({ stretch, label }: { stretch: Stretch; label: string }) {
  const read = useQuery(errorsQuery(stretch))
  return (
    <section className={styles.panel} aria-labelledby="failures">
      <PartHeading
        id="failures"
        title="Errors"
        ground={read.data !== undefined && `of ${count(read.data.n_calls)} calls · ${label}`}
      />
      <Panel
        read={read}
        height={160}
        isEmpty={({ rows }) => rows.length === 0}
        empty={<p className={styles.quiet}>No call failed in this time.</p>}
      >
        {({ rows, n_calls: calls }) => {
          const most = Math.max(...rows.map(({ n }) => n))
          return [...Map.groupBy(rows, (row) => row.fault_domain ?? 'unknown')].map(([fault, kinds]) => (
            <section key={fault} aria-label={`Fault ${faults[fault] ?? fault}`}>
              <h3 className={styles.fault}>Fault {faults[fault] ?? fault}</h3>
              <ul className={styles.bars}>
                {kinds.map(({ error_kind: kind, n }) => (
                  <li key={kind}>
                    <span>{spoken(kind ?? 'unknown')}</span>
                    <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                      <rect
                        className={fault === 'provider' ? styles.blamed : styles.unblamed}
                        width={Math.max(1, (100 * n) / most)}
                        height="8"
                      />
                    </svg>
                    <span className={styles.n}>
                      {count(n)} <span className={styles.mute}>{percent(n, calls)}</span>
                    </span>
                  </li>
                ))}
              </ul>
            </section>
          ))
        }}
      </Panel>
    </section>
  )
}
