import { duration } from '../../format/numbers.ts'
import { type Column, Table } from '../../ui/table.tsx'
import { type DrawnCurve, metricNames, type Spot } from './curve.ts'
import { loadName, type Shown } from './view.ts'
import { intervalText, perSecond } from './words.ts'

/** The points of the curves as rows. */
export function CurveTable({
  curves,
  shown: { by = 'ttft', per },
}: {
  curves: readonly DrawnCurve[]
  shown: Shown
}) {
  const metric = `${metricNames[by]} p50`
  const columns: Column<Spot>[] = [
    { id: 'level', head: 'Level', cell: ({ level }) => loadName(level.load) },
    {
      id: 'x',
      head: per === 'tokens' ? 'Tok/s' : 'Answers/s',
      isNumber: true,
      width: 120,
      cell: ({ x }) => perSecond(x),
    },
    { id: 'y', head: metric, isNumber: true, width: 176, cell: ({ y }) => duration(y) },
    {
      id: 'interval',
      head: '95 % interval',
      isNumber: true,
      width: 176,
      cell: ({ p50 }) => intervalText(p50),
    },
    { id: 'n', head: 'n', isNumber: true, width: 72, cell: ({ n }) => n },
    {
      id: 'note',
      head: 'Note',
      width: 200,
      cell: ({ isRanked, isKnee }) => (isRanked ? (isKnee ? 'the knee' : '') : 'limited by this machine'),
    },
  ]
  return (
    <Table<Spot>
      caption={`Throughput and ${metric} by level`}
      columns={columns}
      groups={curves.map(({ name, spots }) => ({ name: curves.length === 1 ? null : name, rows: spots }))}
      keyOf={({ level }) => String(level.level)}
      isCards
    />
  )
}
