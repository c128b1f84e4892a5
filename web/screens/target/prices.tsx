import type { UseQueryResult } from '@tanstack/react-query'
import type { Answer } from '../../api/client.ts'
import { price, unknown } from '../../format/numbers.ts'
import { day, utc } from '../../format/time.ts'
import { useNow } from '../../ui/clock.ts'
import { PartHeading } from '../../ui/heading.tsx'
import { Panel } from '../../ui/panel.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import styles from './target.module.css'

type History = Answer<'GET /api/v1/prices/history'>
type Row = History['rows'][number]

/** Every price that the model has had at the provider, latest first. */
export function Prices({ read }: { read: UseQueryResult<History> }) {
  const now = useNow()
  return (
    <section className={styles.panel} aria-labelledby="prices">
      <PartHeading id="prices" title="Price history" ground="USD per million tokens" />
      <Panel
        read={read}
        height={160}
        isEmpty={({ rows }) => rows.length === 0}
        empty={<p className={styles.quiet}>No price of this model is known, so calls have no cost.</p>}
      >
        {({ rows }) => (
          <Table<Row>
            caption="Prices, latest first"
            columns={columnsOf(now)}
            groups={[{ name: null, rows }]}
            keyOf={({ since, source }) => `${since} ${source}`}
            isCompact
          />
        )}
      </Panel>
    </section>
  )
}

const columnsOf = (now: Date): Column<Row>[] => [
  {
    id: 'since',
    head: 'Since',
    cell: ({ since }) => (
      <time dateTime={since} title={utc(since)}>
        {day(since, now)}
      </time>
    ),
  },
  rate('in', 'In', (row) => row.input_per_m),
  rate('cached', 'Cached', (row) => row.cached_per_m),
  rate('out', 'Out', (row) => row.output_per_m),
  { id: 'source', head: 'From', width: 110, cell: ({ source }) => source },
]

function rate(id: string, head: string, value: (row: Row) => number | null): Column<Row> {
  const cell = (row: Row) => (value(row) === null ? unknown : price(value(row)))
  return { id, head, isNumber: true, width: 84, cell }
}
