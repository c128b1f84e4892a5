import { useQuery } from '@tanstack/react-query'
import type { Answer } from '../../api/client.ts'
import { phasesQuery, type Stretch } from '../../api/target-queries.ts'
import { count, unknown } from '../../format/numbers.ts'
import { clock, day } from '../../format/time.ts'
import { useNow } from '../../ui/clock.ts'
import { PhaseBar } from '../../ui/phase-bar.tsx'
import { phaseAbout, type PhaseName, phaseNames } from '../../ui/phases.ts'
import { Panel } from '../../ui/panel.tsx'
import styles from './target.module.css'
import { regionName } from '../../over-time/series.ts'

type Row = Answer<'GET /api/v1/phases'>['rows'][number]

/** What the time of the calls was spent on, in the middle, by region. */
export function Phases({ stretch }: { stretch: Stretch }) {
  const read = useQuery(phasesQuery(stretch))
  return (
    <section className={styles.panel} aria-labelledby="phases">
      <header className={styles.panelHead}>
        <h2 id="phases">Phases of a call</h2>
        <span className={styles.basis}>median of each, of the answers that had it</span>
      </header>
      <Panel
        read={read}
        height={260}
        isEmpty={({ rows }) => rows.length === 0}
        empty={<p className={styles.quiet}>No call answered in this time.</p>}
      >
        {({ rows }) => (
          <div className={styles.phases}>
            {rows.map((row) => (
              <Region key={`${row.region} ${row.series}`} row={row} longest={Math.max(...rows.map(sumOf))} />
            ))}
          </div>
        )}
      </Panel>
    </section>
  )
}

const mediansOf = ({ phases }: Row) =>
  Object.fromEntries(phaseNames.map((name) => [name, phases[name].p50_ms])) as Record<
    PhaseName,
    number | null
  >

const sumOf = (row: Row): number =>
  Object.values(mediansOf(row)).reduce<number>((sum, ms) => sum + (ms ?? 0), 0)

/** As wide as it is long beside the longest. */
function Region({ row, longest }: { row: Row; longest: number }) {
  const now = useNow()
  const absent = phaseNames.filter((name) => row.phases[name].n === 0)
  return (
    <section>
      <h3>
        {regionName(row.region)}{' '}
        <span className={styles.mute}>
          n {count(row.n)} · since {day(row.since, now)}, {clock(row.since)}
        </span>
      </h3>
      <PhaseBar phases={mediansOf(row)} share={longest === 0 ? 1 : sumOf(row) / longest} />
      {absent.length > 0 && (
        <p className={styles.mute}>
          {absent.map((name) => phaseAbout[name].label).join(', ')} {unknown}: no answer had it
        </p>
      )}
    </section>
  )
}
