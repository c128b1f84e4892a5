import { useCallback, useMemo } from 'react'
import { type Dot, Scatter } from '../../charts/scatter.tsx'
import { duration, tokenRate, usd } from '../../format/numbers.ts'
import { plural } from '../../format/words.ts'
import { useMedia } from '../../ui/media.ts'
import { Panel } from '../../ui/panel.tsx'
import styles from './compare.module.css'
import { useCompareSearch } from './picker.tsx'
import type { useField } from './read.ts'
import type { CompareSearch, Speed } from './search.ts'
import { Spots } from './spots.tsx'
import { frontierOf, type Spot, spotsOf, type Target, toggled } from './view.ts'

const axes = {
  tps: { title: 'Speed, tok/s', format: (value: number) => String(Math.round(value)) },
  ttft: { title: 'TTFT, ms', format: (value: number) => String(Math.round(value)) },
  latency: { title: 'Latency, s', format: (value: number) => String(value / 1000) },
} as const
/** `$0.01`, `$1`: ticks are powers of ten. */
const price = { title: 'USD per 1,000 answers', format: (value: number) => `$${value}` }

/** Everything that is ranked: what is fast against what it costs, and the targets that none beats in both. */
export function Field({
  field: { speeds, costs },
  chosen,
  search,
  series,
}: {
  field: ReturnType<typeof useField>
  chosen: readonly Target[]
  search: CompareSearch
  series: string | undefined
}) {
  const change = useCompareSearch()
  const height = useMedia('(min-height: 960px)') ? 620 : 420
  const speed = search.speed ?? 'tps'
  const found = useMemo(
    () => spotsOf(speeds.data?.rows ?? [], costs.data?.rows ?? [], series),
    [speeds.data, costs.data, series],
  )
  const frontier = useMemo(() => frontierOf(found.spots, speed), [found, speed])
  const dots = useMemo(
    () => dotsOf(found.spots, { frontier, chosen, speed }),
    [found, frontier, chosen, speed],
  )
  const steps = useMemo(
    () => dots.filter(({ isBest }) => isBest).toSorted((a, b) => a.x.value - b.x.value),
    [dots],
  )
  const table = useCallback(
    () => <Spots spots={found.spots} frontier={frontier} speed={speed} />,
    [found, frontier, speed],
  )
  return (
    <section className={styles.field}>
      <Panel read={costs.error === null ? speeds : costs} height={height + 40}>
        {() => (
          <Scatter
            title={`${axes[speed].title.split(',')[0]} against price`}
            meaning="The dashed steps are the targets that no other beats in both; crosses are intervals of 95 %"
            ground={groundOf(found, frontier.length)}
            dots={dots}
            frontier={steps}
            x={price}
            y={axes[speed]}
            height={height}
            view={search.view ?? 'chart'}
            onView={(view) => change({ view: view === 'table' ? view : undefined })}
            empty="No target is ranked by both its speed and its cost in this window."
            onPick={({ id }) => change({ targets: toggled(chosen, id), model: undefined })}
            table={table}
          />
        )}
      </Panel>
    </section>
  )
}

function groundOf({ spots, nFree, nUnpriced }: ReturnType<typeof spotsOf>, nBest: number): string {
  const left = [
    ...(nFree > 0 ? [`${nFree} free`] : []),
    ...(nUnpriced > 0 ? [`${nUnpriced} without a known cost`] : []),
  ]
  const absent = left.length === 0 ? '' : ` · not on the axis: ${left.join(', ')}`
  return `${plural(spots.length, 'target')} · ${nBest} on the frontier${absent}`
}

/** A dot that is a target. */
type Spotted = Dot & { isBest: boolean }

/** Spots as they are drawn: the chosen in their colours, the rest in grey, names on the frontier and the chosen. */
function dotsOf(
  spots: readonly Spot[],
  { frontier, chosen, speed }: { frontier: readonly Spot[]; chosen: readonly Target[]; speed: Speed },
): Spotted[] {
  const write = speed === 'tps' ? tokenRate : duration
  return spots
    .map((spot) => {
      const { id, name, cost, speed: y, n } = spot
      const place = chosen.findIndex((target) => target.id === id)
      const isBest = frontier.includes(spot)
      const text = `${name}: ${write(y.value)} (${write(y.low)} to ${write(y.high)}), ${usd(cost.value)} per 1,000 answers, n ${n}${isBest ? ', on the frontier' : ''}`
      const slot = place === -1 ? null : place + 1
      return {
        id,
        name: name.split('/').at(-1)?.trim() ?? name,
        x: cost,
        y,
        slot,
        isNamed: isBest || slot !== null,
        isBest,
        text,
      }
    })
    .toSorted((a, b) => a.x.value - b.x.value)
}
