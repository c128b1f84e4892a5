import { count } from '../../format/numbers.ts'
import { capital } from '../../format/words.ts'
import { type Column, Table } from '../../ui/table.tsx'
import { meaningOfSkip, type Skip } from './fleet-view.ts'
import styles from './settings.module.css'

/** What was skipped, and why. */
export const FleetSkips = ({ skips }: { skips: readonly Skip[] }) => (
  <section>
    <h2>Skipped in the last hour</h2>
    <Table<Skip>
      caption="Probes that were skipped, and why"
      columns={columns}
      groups={[{ name: null, rows: skips }]}
      keyOf={({ reason }) => reason}
      isCards
    />
  </section>
)

const columns: Column<Skip>[] = [
  {
    id: 'why',
    head: 'Why',
    cell: ({ reason }) => (
      <span className={styles.text}>
        <span>{capital(reason)}</span>
        <small>{meaningOfSkip(reason)}</small>
      </span>
    ),
  },
  { id: 'n', head: 'Probes', isNumber: true, width: 96, cell: ({ n }) => count(n) },
  { id: 'where', head: 'Where', cell: ({ where }) => where },
]
