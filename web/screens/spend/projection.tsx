import { useQuery } from '@tanstack/react-query'
import type { Answer } from '../../api/client.ts'
import { projectionQuery } from '../../api/queries.ts'
import { unknown, usd } from '../../format/numbers.ts'
import { span } from '../../format/time.ts'
import { Panel } from '../../ui/panel.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Payee } from './payee.tsx'
import styles from './spend.module.css'

type Row = Answer<'GET /api/v1/costs/projection'>['rows'][number]

/** What each target of the schedules will cost. */
export function Projection({ synthetic }: { synthetic: boolean | undefined }) {
  const read = useQuery(projectionQuery(synthetic))
  const kind = synthetic === true ? 'synthetic' : 'real'
  return (
    <Panel
      read={read}
      height={300}
      isEmpty={({ rows }) => rows.length === 0}
      empty={
        <p className={styles.nothing}>
          No schedule has made {kind} calls often enough to say what the next 30 days cost.
        </p>
      }
    >
      {({ rows }) => (
        <Table<Row>
          caption={`What the next 30 days of ${kind} calls cost at the present pace`}
          columns={columns}
          groups={[{ name: null, rows }]}
          keyOf={({ schedule, provider, model }) => `${schedule} ${provider}/${model}`}
          isCards
        />
      )}
    </Panel>
  )
}

const columns: Column<Row>[] = [
  { id: 'name', head: 'Model', cell: (row) => <Payee {...row} about={row.schedule} /> },
  {
    id: 'pace',
    head: 'A run every',
    isNumber: true,
    width: 136,
    cell: ({ seconds_between_runs: s }) => (s === null ? unknown : span(s * 1000)),
  },
  { id: 'run', head: 'A run costs', isNumber: true, width: 136, cell: ({ usd_per_run: of }) => usd(of) },
  {
    id: 'unknown',
    head: 'Calls of unknown cost',
    isNumber: true,
    width: 176,
    from: 640,
    cell: ({ n_cost_unknown: n }) => n,
  },
  { id: 'next', head: 'Next 30 days', isNumber: true, width: 144, cell: ({ usd_in_30_days: of }) => usd(of) },
]
