import { count, unknown } from '../../format/numbers.ts'
import { span, utc } from '../../format/time.ts'
import { Ago } from '../../ui/ago.tsx'
import { useNow } from '../../ui/clock.ts'
import { Metric } from '../../ui/metric.tsx'
import { Mark } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Amount, Judged } from './fleet-cells.tsx'
import { mostLagMs, type Region, type Worker } from './fleet-view.ts'
import styles from './settings.module.css'

/** The workers of each region. */
export const FleetWorkers = ({ regions }: { regions: readonly Region[] }) => (
  <section>
    <h2>Workers</h2>
    <Table<Worker>
      caption="Workers by region"
      columns={columns}
      groups={regions.map(({ region, workers }) => ({
        name: region,
        note: String(workers.length),
        rows: workers,
      }))}
      keyOf={({ owner }) => owner}
      isCards
    />
  </section>
)

const looks = {
  live: <Mark like="up" word="live" />,
  leaving: <Mark like="paused" word="leaving" note="It makes what it has in hand, and takes no more" />,
  silent: (
    <Mark like="down" word="silent" note="No heartbeat for a minute: what it had in hand is taken over" />
  ),
} as const

const columns: Column<Worker>[] = [
  {
    id: 'worker',
    head: 'Worker',
    cell: ({ owner, host, version }) => (
      <span className={styles.name} title={owner}>
        <span>{host}</span>
        <small>
          {owner.startsWith(`${host}:`) ? owner.slice(host.length + 1) : owner}, {version}
        </small>
      </span>
    ),
  },
  { id: 'state', head: 'State', width: 104, cell: ({ state }) => looks[state] },
  {
    id: 'hand',
    head: 'In hand',
    meaning: 'Shards that it makes now, and how many it may make at once',
    isNumber: true,
    width: 88,
    cell: ({ in_hand: n, concurrency }) => <Amount n={n} ground={`of ${count(concurrency)}`} />,
  },
  {
    id: 'lag',
    head: 'Lag',
    meaning: 'How late its event loop is',
    isNumber: true,
    width: 88,
    cell: ({ lag_ms: lag, state }) =>
      state === 'silent' ? (
        unknown
      ) : (
        <Judged isBad={lag > mostLagMs}>
          <Metric parts={{ value: lag.toFixed(lag < 10 ? 1 : 0), unit: 'ms' }} />
        </Judged>
      ),
  },
  {
    id: 'clock',
    head: 'Clock error',
    meaning: 'How late its host stamps a first token, one in twenty: its latest calibration',
    isNumber: true,
    width: 136,
    cell: ({ calibration: known }) =>
      known === null ? (
        <span title="pnpm tsx scripts/calibrate.ts measures it, on that host">not calibrated</span>
      ) : (
        <Metric
          parts={{ value: known.ttft_p95_ms.toFixed(2), unit: 'ms' }}
          ground={known.concurrency === 1 ? '1 stream' : `${known.concurrency} streams`}
        />
      ),
  },
  {
    id: 'made',
    head: 'Made',
    meaning: 'Probes since it started',
    isNumber: true,
    width: 104,
    from: 'Card900',
    cell: ({ made, started_at: at }) => <Amount n={made} ground={<Since at={at} />} />,
  },
  { id: 'beat', head: 'Heartbeat', width: 112, cell: ({ beat_at: at }) => <Ago at={at} /> },
]

function Since({ at }: { at: string }) {
  const now = useNow()
  return (
    <time dateTime={at} title={utc(at)}>
      in {span(Math.max(0, now.getTime() - Date.parse(at)))}
    </time>
  )
}
