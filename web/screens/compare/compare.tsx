import { getRouteApi } from '@tanstack/react-router'
import type { Period } from '../../api/compare-queries.ts'
import { plural } from '../../format/words.ts'
import { Ago } from '../../ui/ago.tsx'
import { Heading } from '../../ui/heading.tsx'
import { useMedia } from '../../ui/media.ts'
import { Panel } from '../../ui/panel.tsx'
import { Table } from '../../ui/table.tsx'
import { columnsOf } from './columns.tsx'
import styles from './compare.module.css'
import { Field } from './field.tsx'
import { Picker } from './picker.tsx'
import { useField, useSides, useTargets } from './read.ts'
import type { CompareSearch } from './search.ts'
import { type Side, type Target, toggled } from './view.ts'

/** How long a window is, in words. */
const lengths = { '24h': '24 h', '7d': '7 days', '30d': '30 days' } as const

/** How high the table is, in px: its head and each row. */
const tableHeights = { head: 36, row: 81 }
const phoneHeights = { head: 0, row: 229 }

const route = getRouteApi('/compare')

/** The screen Compare: targets side by side, and speed against price. */
export function Compare() {
  const search = route.useSearch()
  const { read, ...found } = useTargets(search)
  const field = useField(search, found.region, read.data !== undefined)
  const refreshed = field.speeds.data?.rows[0]?.refreshed_at
  const basis = [`medians of ${lengths[search.period ?? '7d']}`, found.region, 'intervals of 95 %']
  return (
    <>
      <Heading
        title="Compare"
        ground={
          <>
            {basis.filter(Boolean).map((each) => (
              <span key={each}>{each}</span>
            ))}
            {refreshed !== undefined && (
              <span>
                ranked <Ago at={refreshed} />
              </span>
            )}
          </>
        }
      />
      <Panel read={read} height={660}>
        {() => <Comparison found={found} field={field} search={search} />}
      </Panel>
    </>
  )
}

function Comparison({
  found,
  field,
  search,
}: {
  found: Omit<ReturnType<typeof useTargets>, 'read'>
  field: ReturnType<typeof useField>
  search: CompareSearch
}) {
  const { chosen, region } = found
  const series = search.series ?? field.series[0]
  return (
    <>
      <Picker {...found} search={search} series={field.series} />
      {chosen.length === 0 ? (
        <p className={styles.hint}>
          Click on dots, or choose above: 2 to 8 targets side by side, or one model at every provider.
        </p>
      ) : (
        <Sides
          chosen={chosen}
          period={search.period ?? '7d'}
          region={region}
          series={series}
          isWaiting={series === undefined && field.speeds.isPending}
        />
      )}
      <Field field={field} chosen={chosen} search={search} series={series} />
    </>
  )
}

function Sides({
  chosen,
  isWaiting,
  ...where
}: {
  chosen: Target[]
  period: Period
  region: string | null
  series: string | undefined
  /** Whether it is not known yet which series is usual. */
  isWaiting: boolean
}) {
  const { sides, isReading, failed } = useSides(chosen, where)
  const heights = useMedia('(max-width: 639px)') ? phoneHeights : tableHeights
  const others = (id: string) => toggled(chosen, id)
  const read = failed ?? {
    data: isReading || isWaiting ? undefined : sides,
    error: null,
    isFetching: isReading,
    dataUpdatedAt: 0,
    refetch: () => undefined,
  }
  return (
    <section className={styles.sides} aria-label={plural(sides.length, 'target')}>
      <Panel<unknown> read={read} height={heights.head + heights.row * chosen.length}>
        {() => (
          <Table<Side>
            caption="Targets side by side"
            columns={columnsOf(sides, others)}
            groups={[{ name: null, rows: sides }]}
            keyOf={({ target: { id } }) => id}
            isCards
          />
        )}
      </Panel>
    </section>
  )
}
