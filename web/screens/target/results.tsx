import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Answer } from '../../api/client.ts'
import { latestResultsQuery, type Stretch } from '../../api/target-queries.ts'
import { count, durationParts, type Parts, rateParts, unknown, usd } from '../../format/numbers.ts'
import { clock, day, utc } from '../../format/time.ts'
import { plural, spoken } from '../../format/words.ts'
import { useNow } from '../../ui/clock.ts'
import { PartHeading } from '../../ui/heading.tsx'
import { Metric } from '../../ui/metric.tsx'
import { Panel } from '../../ui/panel.tsx'
import { State } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import styles from './target.module.css'
import { regionName } from '../../over-time/series.ts'

type Result = Answer<'GET /api/v1/results'>['rows'][number]

const dayMs = 86_400_000
/** Of the results so many are shown. */
const most = 25

/** The results up to the end of the time shown, latest first. */
export function Results({ stretch, last }: { stretch: Stretch; last: string | null }) {
  const until = stretch.until ?? last
  const read = useQuery({
    ...latestResultsQuery(stretch, until ?? '', Math.min(dayMs, stretch.lengthMs)),
    enabled: until !== null,
  })
  if (until === null) return null
  return (
    <Panel read={read} height={600}>
      {({ rows }) => <Latest results={rows.filter(({ warmup }) => !warmup).toReversed()} />}
    </Panel>
  )
}

function Latest({ results }: { results: readonly Result[] }) {
  const now = useNow()
  const hasRegions = new Set(results.map(({ region }) => region)).size > 1
  return (
    <section className={`${styles.results} ${styles.cards}`} aria-labelledby="results">
      <PartHeading
        id="results"
        title="Recent results"
        ground={
          results.length > most
            ? `latest ${most} of ${count(results.length)}`
            : plural(results.length, 'call')
        }
      />
      {results.length === 0 ? (
        <p className={styles.quiet}>No call is kept of this time.</p>
      ) : (
        <Table<Result>
          caption="Results, latest first; each opens as its timeline"
          columns={columnsOf(now, hasRegions)}
          groups={[{ name: null, rows: results.slice(0, most) }]}
          keyOf={({ id }) => id}
        />
      )}
    </section>
  )
}

const columnsOf = (now: Date, hasRegions: boolean): Column<Result>[] => [
  {
    id: 'at',
    head: 'Called at',
    cell: ({ id, started_at: started, created_at: created, region }) => (
      <Link to="/results/$id" params={{ id }}>
        <time dateTime={started ?? created} title={utc(started ?? created)}>
          {day(started ?? created, now)}, {clock(started ?? created)}
        </time>
        {hasRegions && <span className={styles.mute}> {regionName(region)}</span>}
      </Link>
    ),
  },
  { id: 'state', head: 'Outcome', width: 180, cell: (result) => <Outcome result={result} /> },
  { ...figure('ttft', 'TTFT', ({ ttft_ms: ms }) => durationParts(ms)) },
  { ...figure('ttfa', 'TTFA', ({ ttfa_ms: ms }) => durationParts(ms)), from: 900 },
  { ...figure('tps', 'Speed', ({ tps }) => rateParts(tps)) },
  { ...figure('latency', 'Latency', ({ total_latency_ms: ms }) => durationParts(ms)) },
  {
    ...figure('tokens', 'Tokens out', ({ output_tokens: n }) => plain(n === null ? unknown : count(n))),
    from: 900,
  },
  { ...figure('cost', 'Cost', ({ cost_usd: cost }) => plain(usd(cost))), from: 900 },
]

const plain = (value: string): Parts => ({ value, unit: '' })

function figure(id: string, head: string, parts: (result: Result) => Parts): Column<Result> {
  return { id, head, isNumber: true, width: 96, cell: (result) => <Metric parts={parts(result)} /> }
}

function Outcome({ result: { success, error_kind: kind } }: { result: Result }) {
  if (success) return <State state="up" note="It answered" label="answered" />
  return <State state="down" note={spoken(kind ?? 'failed')} label={spoken(kind ?? 'failed')} />
}
