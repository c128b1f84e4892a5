import { Link } from '@tanstack/react-router'
import type { MetricName } from '../api/target-queries.ts'
import { utc } from '../format/time.ts'
import { spoken } from '../format/words.ts'
import { type Column, Table } from '../ui/table.tsx'
import { momentText, type Raw } from './raw.ts'
import { metricOf, regionName } from './series.ts'

/** The most rows; the chart has more. */
const most = 200

/** A chart of results as rows: latest first, each opens as its timeline. */
export const RawTable = ({ raw, metric }: { raw: readonly Raw[]; metric: MetricName }) => (
  <Table<Raw>
    caption={`${metricOf[metric].title} by result, latest first`}
    columns={columnsOf(metric)}
    groups={[{ name: null, rows: raw.toReversed().slice(0, most) }]}
    keyOf={({ id }) => id}
    isCompact
  />
)

const columnsOf = (metric: MetricName): Column<Raw>[] => [
  { id: 'at', head: 'Called at', cell: (each) => <Called raw={each} /> },
  { id: 'region', head: 'Region', width: 90, cell: ({ region }) => regionName(region) },
  {
    id: 'outcome',
    head: 'Outcome',
    width: 160,
    cell: ({ failed }) => (failed === null ? 'answered' : spoken(failed.kind)),
  },
  {
    id: 'value',
    head: metricOf[metric].title,
    isNumber: true,
    width: 96,
    cell: ({ value }) => metricOf[metric].say(value),
  },
]

const Called = ({ raw: { id, at } }: { raw: Raw }) => (
  <Link to="/results/$id" params={{ id }} title={utc(new Date(at))}>
    {momentText(at)}
  </Link>
)
