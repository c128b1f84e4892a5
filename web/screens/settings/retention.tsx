import { useQuery } from '@tanstack/react-query'
import type { Answer } from '../../api/client.ts'
import { retentionQuery } from '../../api/upkeep-queries.ts'
import { bytes } from '../../format/numbers.ts'
import { clock, day, span, utc } from '../../format/time.ts'
import { plural } from '../../format/words.ts'
import { useNow } from '../../ui/clock.ts'
import { Panel } from '../../ui/panel.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Facts } from './facts.tsx'
import styles from './settings.module.css'

type Kept = Answer<'GET /api/v1/retention'>
type Row = Kept['rows'][number]

/** What is kept for how long, how far it is deleted, and how large it is. */
export function Retention() {
  const read = useQuery(retentionQuery)
  return (
    <Panel read={read} height={360}>
      {(kept) => (
        <>
          <Facts
            facts={[
              { term: 'Size on disk', value: bytes(kept.bytes), note: 'the whole database' },
              { term: 'Deleted', value: <Until at={kept.pruned_until} /> },
              { term: 'Deleted next', value: <Next at={kept.next_prune_at} />, note: 'PRUNE_SCHEDULE' },
            ]}
          />
          <Table<Row>
            caption="What is kept, for how long, and its size"
            columns={columns}
            groups={[{ name: null, rows: kept.rows }]}
            keyOf={({ what }) => what}
            isCards
          />
          <p className={`${styles.note} ${styles.after}`}>
            Percentiles stay exact after results are deleted: rollups hold their samples.{' '}
            <code>pnpm tsx scripts/prune.ts --dry-run</code> counts what would be deleted now.
          </p>
        </>
      )}
    </Panel>
  )
}

const names: Readonly<Record<Row['what'], { name: string; about: string }>> = {
  texts: { name: 'Texts of answers', about: 'part of the results' },
  results: { name: 'Results', about: 'with timelines and probes' },
  events: { name: 'Events of runs', about: 'what pages follow live' },
  runs: { name: 'Runs', about: 'with their settings' },
  rollups: { name: 'Rollups', about: 'by hour and by day, with their samples' },
  proxy_requests: { name: 'Requests of the proxy', about: 'without prompts and answers' },
  proxy_texts: { name: 'Texts of the proxy', about: 'prompts and answers, if PROXY_CAPTURE is on' },
  proxy_rollups: { name: 'Traffic of the proxy', about: 'by the minute, with its samples' },
  incidents: { name: 'Incidents', about: 'with what happened to each' },
  deliveries: { name: 'Messages', about: 'what channels were told' },
}

const columns: Column<Row>[] = [
  {
    id: 'what',
    head: 'What',
    cell: ({ what }) => (
      <span className={styles.name}>
        <span>{names[what].name}</span>
        <small>{names[what].about}</small>
      </span>
    ),
  },
  {
    id: 'kept',
    head: 'Kept',
    width: 216,
    cell: ({ kept_days: days, set_by: variable }) => (
      <span className={styles.name}>
        <span>{days === null ? 'forever' : plural(days, 'day')}</span>
        {variable !== null && <small>{variable}</small>}
      </span>
    ),
  },
  { id: 'oldest', head: 'Oldest', width: 152, cell: ({ oldest_at: at }) => <Day at={at} /> },
  {
    id: 'size',
    head: 'Size on disk',
    meaning: 'With its indexes',
    isNumber: true,
    width: 136,
    cell: ({ bytes: size }) => (size === null ? 'in the results' : bytes(size)),
  },
]

function Day({ at }: { at: string | null }) {
  const now = useNow()
  if (at === null) return 'none'
  return (
    <time dateTime={at} title={utc(at)}>
      {day(at, now)}
    </time>
  )
}

const Until = ({ at }: { at: string | null }) =>
  at === null ? (
    'no result so far'
  ) : (
    <span>
      results before <Day at={at} />
    </span>
  )

function Next({ at }: { at: string | null }) {
  const now = useNow()
  if (at === null) return 'never'
  return (
    <time dateTime={at} title={utc(at)}>
      in {span(Math.max(0, Date.parse(at) - now.getTime()))}, {day(at, now)} {clock(at)}
    </time>
  )
}
