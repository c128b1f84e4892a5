import { useQuery } from '@tanstack/react-query'
import type { Answer } from '../../api/client.ts'
import { calibrationsQuery } from '../../api/queries.ts'
import { count } from '../../format/numbers.ts'
import { Ago } from '../../ui/ago.tsx'
import { Metric } from '../../ui/metric.tsx'
import { Panel } from '../../ui/panel.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import styles from './settings.module.css'

type Row = Answer<'GET /api/v1/calibrations'>['rows'][number]

/** By how much the machines that measure are late themselves. */
export function Machine() {
  const read = useQuery(calibrationsQuery)
  return (
    <Panel read={read} height={300} isEmpty={({ rows }) => rows.length === 0} empty={<Nothing />}>
      {({ rows }) => (
        <>
          <p className={styles.note}>
            How late this machine stamps what arrives, against a provider of its own that writes the time into
            every event. What is less than this cannot be told apart.{' '}
            <code>pnpm tsx scripts/calibrate.ts</code> measures it again.
          </p>
          <Table<Row>
            caption="Calibrations: delay of the stamps, in ms"
            columns={columns}
            groups={[...Map.groupBy(rows, ({ host }) => host)].map(([name, ofHost]) => ({
              name,
              note: `Node ${ofHost[0]?.node_version ?? ''}`,
              rows: ofHost.toSorted((a, b) => a.concurrency - b.concurrency),
            }))}
            keyOf={({ id }) => id}
            isCards
          />
        </>
      )}
    </Panel>
  )
}

const Nothing = () => (
  <p className={styles.nothing}>
    No machine was calibrated yet. <code>pnpm tsx scripts/calibrate.ts</code> measures in 35 s how late this
    one stamps what arrives.
  </p>
)

/** A delay; with `~` if it rests on fewer samples than its percentile needs. */
const ms = (value: number, isRough: boolean) => ({
  value: `${isRough ? '~' : ''}${value.toFixed(value < 10 ? 2 : 1)}`,
  unit: 'ms',
})

/** As many samples does each percentile need. */
const least = { p50: 1, p95: 59, p99: 299 } as const

const columns: Column<Row>[] = [
  { id: 'n', head: 'Streams at once', width: 152, cell: ({ concurrency: n }) => n },
  delay('ttft', 'p50'),
  delay('ttft', 'p95'),
  delay('ttft', 'p99'),
  delay('chunk', 'p50'),
  delay('chunk', 'p99'),
  {
    id: 'ground',
    head: 'Rests on',
    isNumber: true,
    from: 900,
    cell: ({ streams, chunks }) => (
      <Metric parts={{ value: count(streams), unit: 'streams' }} ground={`${count(chunks)} chunks`} />
    ),
  },
  { id: 'at', head: 'Measured', width: 128, cell: ({ created_at: at }) => <Ago at={at} /> },
]

function delay(of: 'ttft' | 'chunk', percentile: keyof typeof least): Column<Row> {
  const cell = (row: Row) => {
    const n = of === 'ttft' ? row.streams : row.chunks
    const isRough = n < least[percentile]
    const why = isRough ? `${count(n)} samples are few for ${percentile}` : `of ${count(n)} samples`
    return <Metric parts={ms(row[`${of}_${percentile}_ms`], isRough)} why={why} />
  }
  const head = `${of === 'ttft' ? 'TTFT' : 'Chunk'}, ${percentile}`
  return { id: `${of}-${percentile}`, head, isNumber: true, cell }
}
