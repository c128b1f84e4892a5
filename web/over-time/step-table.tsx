import type { MetricName } from '../api/target-queries.ts'
import { type Column, Table } from '../ui/table.tsx'
import { type Line, metricOf, regionName, type Series, startsOf, stepName } from './series.ts'

interface Row {
  line: Line
  place: number
}

interface Shown {
  series: Series
  metric: MetricName
}

/** The most rows; the charts have more. */
const most = 200

/** A chart over time as rows: every step with a call, latest first. */
export function StepTable({ series, metric }: Shown) {
  const rows = series.lines
    .flatMap((line) => line.n.flatMap((n, place) => (n === null ? [] : [{ line, place }])))
    .toSorted((a, b) => b.place - a.place)
    .slice(0, most)
  return (
    <Table<Row>
      caption={`${metricOf[metric].title} by step, latest first`}
      columns={columnsOf({ series, metric })}
      groups={[{ name: null, rows }]}
      keyOf={({ line, place }) => `${line.region} ${line.series} ${place}`}
      isCompact
    />
  )
}

function columnsOf({ series, metric }: Shown): Column<Row>[] {
  const starts = startsOf(series)
  const { say } = metricOf[metric]
  const region: Column<Row> = {
    id: 'region',
    head: 'Region',
    width: 90,
    cell: ({ line }) => regionName(line.region),
  }
  return [
    { id: 'at', head: 'Step', cell: ({ place }) => stepName(starts[place] ?? 0, series) },
    ...(series.lines.length > 1 ? [region] : []),
    figure('p50', 'p50', ({ line, place }) => say(line.p50[place] ?? null)),
    figure('p95', 'p95', ({ line, place }) => say(line.p95[place] ?? null)),
    figure('n', 'n', ({ line, place }) => String(line.n[place] ?? 0)),
    figure('failed', 'Failed', ({ line, place }) => String(line.failed[place] ?? 0)),
  ]
}

const figure = (id: string, head: string, cell: Column<Row>['cell']): Column<Row> => ({
  id,
  head,
  isNumber: true,
  width: 76,
  cell,
})
