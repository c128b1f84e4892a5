import { useQuery } from '@tanstack/react-query'
import type { Answer } from '../../api/client.ts'
import { healthQuery } from '../../api/queries.ts'
import { clock, day, span, utc } from '../../format/time.ts'
import { Ago } from '../../ui/ago.tsx'
import { useNow } from '../../ui/clock.ts'
import { Panel } from '../../ui/panel.tsx'
import { Mark } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Facts } from './facts.tsx'
import styles from './settings.module.css'

type Health = Answer<'GET /api/v1/health'>
type Job = Health['schedule'][number]

/** What runs when, and how punctual that is. */
export function Schedule() {
  const read = useQuery(healthQuery)
  return (
    <Panel read={read} height={320}>
      {(health) => (
        <>
          <Facts facts={factsOf(health)} />
          <Table<Job>
            caption="Jobs and when they run"
            columns={columns}
            groups={[{ name: null, rows: health.schedule }]}
            keyOf={({ name }) => name}
            isCards
          />
        </>
      )}
    </Panel>
  )
}

const looks = {
  kept: <Mark like="up" word="kept" note="Scheduled runs finish in time" />,
  overdue: <Mark like="failing" word="overdue" />,
  never: <Mark like="unknown" word="no scheduled run yet" />,
} as const

const factsOf = (health: Health) => [
  { term: 'Schedule', value: looks[health.state] },
  {
    term: 'Last run finished',
    value: health.last_finished_at === null ? 'never' : <Ago at={health.last_finished_at} />,
  },
  {
    term: 'Overdue after',
    value: health.limit_s === null ? 'it fires once only' : `${span(health.limit_s * 1000)} without an end`,
  },
  { term: 'Region', value: health.region, note: 'BENCHMARK_REGION' },
  ...(health.abandoned === null ? [] : [{ term: 'Worker lost', value: health.abandoned.run_name }]),
]

/** Where each job gets its schedule from. */
const variables: Readonly<Record<string, string>> = {
  benchmark: 'BENCHMARK_SCHEDULE',
  'sync-models': 'SYNC_SCHEDULE',
  prune: 'PRUNE_SCHEDULE',
}

const columns: Column<Job>[] = [
  {
    id: 'name',
    head: 'Job',
    cell: ({ name, job }) => (
      <span className={styles.name}>
        <span>{name}</span>
        <small>{variables[job]}</small>
      </span>
    ),
  },
  { id: 'cron', head: 'Cron (UTC)', width: 200, cell: ({ cron }) => <code>{cron}</code> },
  { id: 'next', head: 'Next run', width: 240, cell: ({ next_at: at }) => <Next at={at} /> },
]

function Next({ at }: { at: string | null }) {
  const now = useNow()
  if (at === null) return 'never'
  const left = Date.parse(at) - now.getTime()
  return (
    <time dateTime={at} title={utc(at)} className={styles.name}>
      <span>{left > 0 ? `in ${span(left)}` : 'now'}</span>
      <small>
        {day(at, now)}, {clock(at)}
      </small>
    </time>
  )
}
