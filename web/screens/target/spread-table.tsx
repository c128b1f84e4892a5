import type { MetricName } from '../../api/target-queries.ts'
import { count } from '../../format/numbers.ts'
import { type Column, Table } from '../../ui/table.tsx'
import { percents, type Spread } from './spread.ts'
import { metricOf, regionName } from '../../over-time/series.ts'

/** A distribution as rows: what a share of the answers was within, a column for each region. */
export function SpreadTable({ spread: { lines, metric } }: { spread: Spread }) {
  const { title, say } = metricOf[metric as MetricName]
  const columns: Column<number>[] = [
    {
      id: 'share',
      head: 'Answers within',
      cell: (percent) => (percent === 0 ? 'least' : percent === 100 ? 'most' : `${percent} %`),
    },
    ...lines.map(({ region, n, percentiles }, index): Column<number> => ({
      id: `line${index}`,
      head: `${regionName(region)}, n ${count(n)}`,
      isNumber: true,
      cell: (percent) => say(percentiles[percent] ?? null),
    })),
  ]
  return (
    <Table<number>
      caption={`${title} that a share of answers was within`}
      columns={columns}
      groups={[{ name: null, rows: percents }]}
      keyOf={String}
      isCompact
    />
  )
}
