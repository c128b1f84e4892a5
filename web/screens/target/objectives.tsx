import { useQuery } from '@tanstack/react-query'
import { objectivesQuery } from '../../api/target-queries.ts'
import { count, percent } from '../../format/numbers.ts'
import { regionName } from '../../over-time/series.ts'
import { PartHeading } from '../../ui/heading.tsx'
import { Metric } from '../../ui/metric.tsx'
import { Panel } from '../../ui/panel.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { aimOf, burnOf, isOverspent, leftOf, type Objective, spentOf, unprovenOf } from './slo.ts'
import styles from './target.module.css'

/** How the objectives of a target fare: what is left of each budget, how fast it burns, and what cannot be proven. */
export function Objectives({ id, region }: { id: string; region: string | null }) {
  const read = useQuery(objectivesQuery(id, region))
  return (
    <section className={`${styles.panel} ${styles.objectives}`} aria-labelledby="objectives">
      <PartHeading id="objectives" title="Objectives" ground="what may be bad, and what was" />
      <Panel read={read} height={96}>
        {({ rows }) => (
          <>
            <Table<Objective>
              caption="Objectives, and what is left of their budgets"
              columns={columns}
              groups={[{ name: null, rows }]}
              keyOf={({ objective, region: where }) => `${objective} ${where}`}
              isCards
            />
            {[...new Set(rows.flatMap((row) => unprovenOf(row) ?? []))].map((sentence) => (
              <p key={sentence} className={styles.mute}>
                {sentence}
              </p>
            ))}
          </>
        )}
      </Panel>
    </section>
  )
}

const columns: Column<Objective>[] = [
  {
    id: 'objective',
    head: 'Objective',
    cell: (row) => (
      <>
        {aimOf(row)}{' '}
        <span className={styles.mute}>{row.region === null ? 'never called' : regionName(row.region)}</span>
      </>
    ),
  },
  {
    id: 'left',
    head: 'Budget left',
    meaning: 'The share of what may be bad that was not, rounded down; below 0 more was',
    isNumber: true,
    width: 132,
    cell: (row) => (
      <span className={isOverspent(row) ? styles.overspent : undefined}>
        <Metric parts={leftOf(row)} ground={spentOf(row)} />
      </span>
    ),
  },
  burning('24h', 'Burn 24 h', (row) => ({ burn: row.burn_24h, bad: row.bad_24h, n: row.n_24h })),
  burning('7d', 'Burn 7 d', (row) => ({ burn: row.burn_7d, bad: row.bad_7d, n: row.n_7d })),
  {
    id: 'good',
    head: 'Good',
    meaning: 'The share that was good, rounded down',
    isNumber: true,
    width: 120,
    cell: ({ n, bad, days }) => (
      <Metric parts={{ value: percent(n - bad, n), unit: '' }} ground={`n ${count(n)} · ${days} d`} />
    ),
  },
]

function burning(
  id: string,
  head: string,
  of: (row: Objective) => { burn: number | null; bad: number; n: number },
): Column<Objective> {
  return {
    id,
    head,
    meaning: 'How many times as fast as the objective allows its budget was spent',
    isNumber: true,
    width: 120,
    cell: (row) => {
      const { burn, bad, n } = of(row)
      return <Metric parts={burnOf(burn)} ground={`${count(bad)} of ${count(n)} bad`} />
    },
  }
}
