import { count, duration, durationParts, unknown } from '../../format/numbers.ts'
import { span, utc } from '../../format/time.ts'
import { useNow } from '../../ui/clock.ts'
import { Metric } from '../../ui/metric.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Amount, Judged, Waiting } from './fleet-cells.tsx'
import { isRough, type Region, regionProblem } from './fleet-view.ts'
import styles from './settings.module.css'

/** What waits in each region, how late it begins, and what came of it. */
export const FleetQueue = ({ regions }: { regions: readonly Region[] }) => (
  <section>
    <h2>Queue</h2>
    <Table<Region>
      caption="What waits and how late it begins, by region"
      columns={columns}
      groups={[{ name: null, rows: regions }]}
      keyOf={({ region }) => region}
      isCards
    />
  </section>
)

const columns: Column<Region>[] = [
  {
    id: 'region',
    head: 'Region',
    cell: (region) => {
      const problem = regionProblem(region)
      return (
        <span className={styles.name}>
          <span>{region.region}</span>
          {problem !== null && <small className={styles.problem}>{problem}</small>}
        </span>
      )
    },
  },
  {
    id: 'due',
    head: 'Due',
    meaning: 'Shards that may begin, and nobody makes them',
    isNumber: true,
    width: 112,
    cell: ({ queue: { due } }) => <Waiting n={due.shards} oldestS={due.oldest_s} />,
  },
  {
    id: 'taken',
    head: 'Taken',
    meaning: 'Shards that a worker makes now',
    isNumber: true,
    width: 88,
    cell: ({ queue: { taken } }) => <Amount n={taken.shards} />,
  },
  {
    id: 'later',
    head: 'Later',
    meaning: 'Shards that may not begin yet',
    isNumber: true,
    width: 120,
    cell: ({ queue: { later } }) => (
      <Amount
        n={later.shards}
        ground={
          later.next_at !== null && (
            <>
              next <Until at={later.next_at} />
            </>
          )
        }
      />
    ),
  },
  {
    id: 'late',
    head: 'Begins after',
    meaning:
      'From when a shard may begin until a worker takes it, in the last hour: half of them, and all but one of a hundred',
    isNumber: true,
    width: 136,
    cell: ({ lately: { begun, late_p50_s: half, late_p99_s: most } }) =>
      half === null || most === null ? (
        unknown
      ) : (
        <Metric
          parts={durationParts(half * 1000)}
          ground={`p99 ${isRough(begun) ? '~' : ''}${duration(most * 1000)}`}
          why={`of ${count(begun)} shards`}
        />
      ),
  },
  {
    id: 'done',
    head: 'Done',
    meaning: 'Shards of the last hour that are done',
    isNumber: true,
    width: 88,
    from: 'Card900',
    cell: ({ lately: { done } }) => <Amount n={done} />,
  },
  {
    id: 'lost',
    head: 'Lost',
    meaning: 'How often a shard of the last hour was lost with its worker and taken over',
    isNumber: true,
    width: 72,
    from: 'Card900',
    cell: ({ lately: { lost } }) => <Judged isBad={lost > 0}>{count(lost)}</Judged>,
  },
]

function Until({ at }: { at: string }) {
  const now = useNow()
  const ms = Date.parse(at) - now.getTime()
  return (
    <time dateTime={at} title={utc(at)}>
      {ms <= 0 ? 'now' : `in ${span(ms)}`}
    </time>
  )
}
