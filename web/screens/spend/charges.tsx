import { useQuery } from '@tanstack/react-query'
import { resultsSinceQuery } from '../../api/queries.ts'
import { count, usd } from '../../format/numbers.ts'
import { plural } from '../../format/words.ts'
import { useNow } from '../../ui/clock.ts'
import { Panel } from '../../ui/panel.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Payee } from './payee.tsx'
import styles from './spend.module.css'
import { type Charged, chargedOf, drift } from './view.ts'

const hourMs = 3_600_000

/** What providers charged against what their prices come to, of answers of 24 hours. */
export function Charges() {
  // To the hour, so that it is not asked for again with every step of the clock.
  const hour = Math.floor(useNow().getTime() / hourMs) * hourMs
  const read = useQuery(resultsSinceQuery(new Date(hour - 24 * hourMs).toISOString()))
  return (
    <Panel read={read} height={300}>
      {({ rows, next }) => {
        const charged = chargedOf(rows)
        const n = charged.reduce((total, each) => total + each.n, 0)
        const which =
          next === null ? plural(rows.length, 'answer') : `the first ${count(rows.length)} answers`
        return (
          <>
            <p className={styles.note}>
              Of {which} of 24 hours, the provider said of {count(n)} what it charged. Spending counts what
              was charged.
            </p>
            {charged.length > 0 && (
              <Table<Charged>
                caption="Charged against computed, furthest apart first"
                columns={columns}
                groups={[{ name: null, rows: charged }]}
                keyOf={({ provider, model }) => `${provider}/${model}`}
                isCards
              />
            )}
          </>
        )
      }}
    </Panel>
  )
}

const columns: Column<Charged>[] = [
  { id: 'name', head: 'Model', cell: (row) => <Payee {...row} /> },
  { id: 'n', head: 'Answers', isNumber: true, width: 112, cell: ({ n }) => count(n) },
  { id: 'charged', head: 'Charged', isNumber: true, width: 128, cell: ({ charged }) => usd(charged) },
  {
    id: 'computed',
    head: 'Computed',
    meaning: 'Tokens by the price that was in force',
    isNumber: true,
    width: 128,
    cell: ({ computed }) => usd(computed),
  },
  {
    id: 'drift',
    head: 'Difference',
    isNumber: true,
    width: 176,
    cell: (row) => (
      <>
        {row.charged > row.computed && '+'}
        {usd(row.charged - row.computed)}
        {drift(row) !== '' && `, ${drift(row)}`}
      </>
    ),
  },
  {
    id: 'largest',
    head: 'Largest of a call',
    isNumber: true,
    width: 144,
    from: 900,
    cell: ({ largest }) => usd(largest),
  },
]
