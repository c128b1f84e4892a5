import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { costsQuery } from '../../api/queries.ts'
import { plural } from '../../format/words.ts'
import { useNow } from '../../ui/clock.ts'
import { Choice } from '../../ui/field.tsx'
import { Heading } from '../../ui/heading.tsx'
import { useMedia } from '../../ui/media.ts'
import { Panel } from '../../ui/panel.tsx'
import { useChangeSearch } from '../../ui/search.ts'
import { Tabs } from '../../ui/tabs.tsx'
import { Charges } from './charges.tsx'
import { Costs } from './costs.tsx'
import { DayChart } from './day-chart.tsx'
import { Figures } from './figures.tsx'
import { byKind, callsText } from './kinds.ts'
import { Projection } from './projection.tsx'
import { spans, type SpendSearch } from './search.ts'
import { Skipped } from './skipped.tsx'
import styles from './spend.module.css'
import { byDay, type CostRow, firstDay } from './view.ts'

const route = getRouteApi('/spend')

const tabs = [
  { id: undefined, label: 'By provider' },
  { id: 'model', label: 'By model' },
  { id: 'next', label: 'Next 30 days' },
  { id: 'charged', label: 'Charged and computed' },
  { id: 'skipped', label: 'Skipped for the budget' },
]

/** The screen Spend: what calls cost, will cost and may cost. */
export function Spend() {
  const search = route.useSearch()
  const change = useChangeSearch<SpendSearch>()
  const { days = 30, kind, chart, part } = search
  const isPhone = useMedia('(max-width: 639px)')
  const since = firstDay(useNow(), days)
  const synthetic = kind === undefined ? undefined : kind === 'synthetic'
  const spent = useQuery(costsQuery('day,provider', since, synthetic))
  return (
    <>
      <Heading title="Spend" ground={spent.data && <Ground rows={spent.data.rows} days={days} />}>
        <Choice
          label="Results"
          isBare
          value={kind ?? ''}
          onChange={({ target }) => change({ kind: target.value as 'real' })}
        >
          <option value="">Real and synthetic</option>
          <option value="real">Real results</option>
          <option value="synthetic">Synthetic results</option>
        </Choice>
        <Choice
          label="Days"
          isBare
          value={String(days)}
          onChange={({ target }) =>
            change({ days: target.value === '30' ? undefined : (Number(target.value) as 7) })
          }
        >
          {spans.map((each) => (
            <option key={each} value={each}>
              {each} days
            </option>
          ))}
        </Choice>
      </Heading>
      <Figures spent={spent.data && byKind(spent.data.rows)} days={days} synthetic={synthetic} />
      <Panel
        read={spent}
        height={chart === 'table' ? 76 + 44 * days : isPhone ? 440 : 324}
        isEmpty={({ rows }) => rows.length === 0}
        empty={<Nothing />}
      >
        {({ rows }) => (
          <DayChart
            {...byDay(rows, since, days)}
            isTable={chart === 'table'}
            onTable={(isTable) => change({ chart: isTable ? 'table' : undefined })}
          />
        )}
      </Panel>
      <div className={styles.parts}>
        <Tabs label="Parts of the spending" name="part" tabs={tabs} chosen={part} keeps />
        <Part part={part} since={since} synthetic={synthetic} />
      </div>
    </>
  )
}

function Part({ part, since, synthetic }: Shown) {
  if (part === 'next') return <Projection synthetic={synthetic} />
  if (part === 'charged') return <Charges />
  if (part === 'skipped') return <Skipped since={since} />
  return <Costs by={part === 'model' ? 'provider,model' : 'provider'} since={since} synthetic={synthetic} />
}

const Nothing = () => (
  <p className={styles.nothing}>Nothing was called in these days. What each day costs will be drawn here.</p>
)

interface Shown {
  part: SpendSearch['part']
  since: string
  synthetic: boolean | undefined
}

function Ground({ rows, days }: { rows: readonly CostRow[]; days: number }) {
  const unknown = rows.reduce((n, row) => n + row.n_cost_unknown, 0)
  return (
    <>
      <span>{days} days (UTC)</span>
      <span>{callsText(byKind(rows))}</span>
      <span>
        {unknown === 0 ? 'the cost of each is known' : `the cost of ${plural(unknown, 'call')} is unknown`}
      </span>
    </>
  )
}
