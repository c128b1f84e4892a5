import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useGaps } from '../../api/gap-queries.ts'
import { nowQuery, priceHistoryQuery } from '../../api/queries.ts'
import { type Stretch, targetsQuery } from '../../api/target-queries.ts'
import { Ago } from '../../ui/ago.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Controls } from './controls.tsx'
import { Distribution } from './distribution.tsx'
import { Failures } from './failures.tsx'
import { Figures } from './figures.tsx'
import { TargetHeading } from './heading.tsx'
import { MarkKey } from '../../over-time/mark-key.tsx'
import { OverTime } from '../../over-time/over-time.tsx'
import { limitLine } from './limits.ts'
import { Objectives } from './objectives.tsx'
import { Phases } from './phases.tsx'
import { Prices } from './prices.tsx'
import { Results } from './results.tsx'
import { closer, shownOf, type TargetSearch } from './search.ts'
import styles from './target.module.css'
import { Traffic } from './traffic.tsx'
import { Unknown } from './unknown.tsx'
import { useHappened } from '../../over-time/use-happened.ts'
import { useTargetSearch } from './use-search.ts'
import type { Present, PresentRow } from './view.ts'

const route = getRouteApi('/targets/$id')

/** The screen Target: how one target is, how it has been, and why. */
export function Target() {
  const { id } = route.useParams()
  const read = useQuery(nowQuery)
  return (
    <Panel read={read} height={900}>
      {(present) => {
        const rows = present.rows.filter((row) => row.target_id === id)
        return rows.length === 0 ? <Unknown id={id} /> : <Known key={id} present={present} rows={rows} />
      }}
    </Panel>
  )
}

const metrics = ['ttft', 'ttfa', 'tps', 'latency'] as const

function Known({ present, rows }: { present: Present; rows: readonly PresentRow[] }) {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const change = useTargetSearch()
  const [row] = rows as [PresentRow]
  const { view, metric: of = 'ttft' } = search
  // A link may name a region in which it is not measured any more.
  const region = rows.find((each) => each.region === search.region)?.region ?? null
  const { ms, until, width, label } = shownOf(search)
  const stretch: Stretch = { id: row.target_id, region, lengthMs: ms, until }
  const prices = useQuery(priceHistoryQuery(row.provider, row.model))
  const targets = useQuery(targetsQuery(row.provider))
  const target = targets.data?.rows.find((each) => each.id === row.target_id)
  const happened = useHappened(stretch, prices.data)
  const shown = region === null ? rows : rows.filter((each) => each.region === region)
  const show = (next: TargetSearch['view']) => change({ view: next })
  return (
    <>
      <TargetHeading present={present} rows={shown} target={target} />
      <Figures rows={shown} days={present.days} gaps={useGaps(present).days} />
      {target !== undefined && target.slo !== null && <Objectives id={row.target_id} region={region} />}
      <Controls rows={rows} search={search} onChange={change} />
      <div className={styles.charts}>
        {metrics.map((metric) => (
          <OverTime
            key={metric}
            stretch={stretch}
            width={width}
            metric={metric}
            happened={happened}
            references={limitLine(target?.limits, metric)}
            view={view}
            onView={show}
            onSpan={(span) => change(closer(span))}
            onResult={(id) => void navigate({ to: '/results/$id', params: { id }, search: {} })}
            onIncident={(id) => void navigate({ to: '/incidents/$id', params: { id }, search: {} })}
          />
        ))}
      </div>
      <MarkKey />
      <div className={styles.halves}>
        <Distribution
          stretch={stretch}
          metric={of}
          view={view}
          onView={show}
          onMetric={(metric) => change({ metric })}
        />
        <Phases stretch={stretch} />
      </div>
      <div className={styles.halves}>
        <Failures stretch={stretch} label={label} />
        <Prices read={prices} />
      </div>
      <Traffic stretch={stretch} label={label} />
      <Results stretch={stretch} last={lastOf(rows)} />
      <p className={styles.basis}>
        Figures are medians of 24 hours. Read <Ago at={present.generated_at} />.
      </p>
    </>
  )
}

/** When it was called last, in whatever region. */
const lastOf = (rows: readonly PresentRow[]): string | null =>
  rows
    .flatMap(({ last }) => last?.at ?? [])
    .toSorted((a, b) => Date.parse(a) - Date.parse(b))
    .at(-1) ?? null
