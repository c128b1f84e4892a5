import { Link } from '@tanstack/react-router'
import { count, pricePerM, ranks, unknown } from '../../format/numbers.ts'
import { Icon } from '../../ui/icon.tsx'
import { Metric } from '../../ui/metric.tsx'
import type { Column } from '../../ui/table.tsx'
import styles from './compare.module.css'
import { Interval } from './interval.tsx'
import { type Written, written } from './metrics.ts'
import { known } from './search.ts'
import { type Figure, figureOf, scaleOf, type Side } from './view.ts'

/** The targets side by side; a metric's intervals are drawn on one scale. */
export const columnsOf = (
  sides: readonly Side[],
  others: (id: string) => string[] | undefined,
): readonly Column<Side>[] => [
  {
    id: 'name',
    head: 'Target',
    cell: ({ target, place, row }) => (
      <span className={styles.name}>
        <span className={styles.model} title={target.model}>
          <i className={`${styles.chip} ${styles[`slot${place}`]}`} />
          {target.model}
        </span>
        <span className={styles.about}>
          {target.providerName}
          {row?.price != null && ` · ${pricePerM(row.price.input_per_m, row.price.output_per_m)}`}
        </span>
      </span>
    ),
  },
  ...written.map((metric): Column<Side> => {
    const most = scaleOf(sides, metric.id)
    const { id, head, meaning, from } = metric
    return {
      id,
      head,
      meaning,
      ...(from && { from }),
      isNumber: true,
      width: 136,
      cell: (side) => <Value figure={figureOf(side, id)} written={metric} most={most} />,
    }
  }),
  {
    id: 'do',
    head: 'Remove',
    width: 80,
    cell: ({ target: { id, model } }) => (
      <Link
        from="/compare"
        to="."
        search={({ model: _model, ...search }) => known({ ...search, targets: others(id) })}
        replace
        resetScroll={false}
        className={styles.remove}
        aria-label={`Leave out ${model}`}
        title="Leave it out"
      >
        <Icon name="close" />
      </Link>
    ),
  },
]

/** A value with its interval, how many it rests on, and the ranks that cannot be told apart. */
function Value({ figure, written: how, most }: { figure: Figure | null; written: Written; most: number }) {
  if (figure === null || figure.value === null)
    return (
      <Metric parts={{ value: unknown, unit: '' }} why="Nothing was measured in this region and window" />
    )
  const { value, low, high, n, rank, rank_to: to } = figure
  const hasInterval = low !== null && high !== null
  const place = rank === null || to === null ? 'too few to rank' : `rank ${ranks(rank, to)}`
  return (
    <span className={styles.value}>
      <Metric parts={how.parts(value)} />
      {hasInterval && how.isDrawn !== false && <Interval value={value} low={low} high={high} most={most} />}
      {hasInterval && <span className={styles.ground}>{how.interval(low, high)}</span>}
      <span className={styles.ground}>
        n {count(n)} · {place}
      </span>
    </span>
  )
}
