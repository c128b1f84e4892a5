import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { nowQuery } from '../../api/queries.ts'
import { priceHistoryQuery, type Stretch } from '../../api/target-queries.ts'
import { Ago } from '../../ui/ago.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Controls } from './controls.tsx'
import { Failures } from './failures.tsx'
import { Figures } from './figures.tsx'
import { Heading } from './heading.tsx'
import { OverTime } from './over-time.tsx'
import { Prices } from './prices.tsx'
import { Results } from './results.tsx'
import { rangeOf } from './search.ts'
import styles from './target.module.css'
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

function Unknown({ id }: { id: string }) {
  return (
    <section className={styles.unknown}>
      <h1>There is no such target</h1>
      <p>
        Nothing here is benchmarked as <code>{id}</code>. It may have been deleted.
      </p>
      <Link to="/">See every target</Link>
    </section>
  )
}

const metrics = ['ttft', 'ttfa', 'tps', 'latency'] as const
const noPrices: [] = []

function Known({ present, rows }: { present: Present; rows: readonly PresentRow[] }) {
  const search = route.useSearch()
  const change = useTargetSearch()
  const [row] = rows as [PresentRow]
  const { range = '24h', until = null, region = null, view } = search
  const of = {
    provider: row.provider,
    model: row.model,
    synthetic: present.providers[row.provider]?.synthetic ?? false,
  }
  const stretch: Stretch = { id: row.target_id, region, lengthMs: rangeOf[range].ms, until }
  const prices = useQuery(priceHistoryQuery(of))
  const shown = region === null ? rows : rows.filter((each) => each.region === region)
  /** A day is seen closer as its 24 hours. */
  const closer = (at: number) =>
    change({ range: undefined, until: new Date(at + rangeOf['24h'].ms).toISOString() })
  return (
    <>
      <Heading present={present} rows={shown} />
      <Figures rows={shown} days={present.days} />
      <Controls rows={rows} search={search} onChange={change} />
      <div className={styles.charts}>
        {metrics.map((metric) => (
          <OverTime
            key={metric}
            stretch={stretch}
            width={rangeOf[range].width}
            metric={metric}
            prices={prices.data?.rows ?? noPrices}
            view={view}
            onView={(next) => change({ view: next })}
            {...(range !== '24h' && { onPick: closer })}
          />
        ))}
      </div>
      <div className={styles.halves}>
        <Failures of={of} stretch={stretch} label={rangeOf[range].label} />
        <Prices read={prices} />
      </div>
      <Results of={of} stretch={stretch} last={lastOf(rows)} />
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
