import meanings from 'virtual:metrics'
import { count, durationParts, rateParts, unknown, uptime, usd, type Parts } from '../../format/numbers.ts'
import { plural } from '../../format/words.ts'
import { Metric } from '../../ui/metric.tsx'
import type { Column } from '../../ui/table.tsx'
import { UptimeBar } from '../../ui/uptime-bar.tsx'
import { Name, Spark, StateOf } from './cells.tsx'
import type { NowRow } from './view.ts'

/** What the columns need besides a row. */
interface About {
  slots: { t0: string; step_s: number; n: number }
  days: { t0: string; n: number }
  gaps: { slots: readonly number[]; days: readonly number[] }
  hasRegions: boolean
}

/** The columns of the screen: typical values of 24 hours large, those of the last call beneath. */
export const columnsOf = (about: About): Column<NowRow>[] => [
  {
    id: 'name',
    head: 'Target',
    sorts: true,
    cell: (row) => <Name row={row} hasRegions={about.hasRegions} />,
  },
  { id: 'state', head: 'State', sorts: true, width: 112, cell: (row) => <StateOf row={row} /> },
  figures({
    id: 'ttft',
    head: 'TTFT',
    meaning: meanings['ttft_ms'],
    value: (row) => durationParts(row.typical?.ttft_ms),
    last: (row) => durationParts(row.last?.ttft_ms),
  }),
  figures({
    id: 'tps',
    head: 'Speed',
    meaning: meanings['tps'],
    value: (row) => rateParts(row.typical?.tps),
    last: (row) => ({ ...rateParts(row.last?.tps), unit: '' }),
  }),
  figures({
    id: 'latency',
    head: 'Latency',
    from: 1200,
    meaning: meanings['total_latency_ms'],
    value: (row) => durationParts(row.typical?.total_latency_ms),
    last: (row) => durationParts(row.last?.total_latency_ms),
  }),
  figures({
    id: 'cost',
    head: 'Cost',
    width: 104,
    from: 1200,
    meaning: 'What an answer costs since yesterday (UTC), by its price or what the provider charged',
    basis: () => 'mean of the answers since yesterday (UTC)',
    value: (row) => ({ value: usd(row.typical?.cost_usd), unit: '' }),
    last: (row) => ({ value: usd(row.last?.cost_usd), unit: '' }),
  }),
  {
    id: 'spark',
    head: 'TTFT, 24 h',
    meaning:
      'TTFT by quarter of an hour: broken where nothing was measured, striped where we did not run, a red tick is a failure',
    width: 120,
    from: 'Card900',
    cell: (row) => <Spark row={row} gaps={about.gaps.slots} />,
  },
  {
    id: 'days',
    head: `${about.days.n} days`,
    meaning:
      'A cell a day (UTC): full without failures, notched below 5 % of failed checks, split from there on, striped for hours in which we did not run',
    width: about.days.n * 3 + 16,
    from: 'Card900',
    cell: (row) => (
      <UptimeBar
        checks={row.checks_90d}
        failed={row.failed_90d}
        gaps={about.gaps.days}
        since={about.days.t0}
        name={row.model}
        whose={row}
      />
    ),
  },
  {
    id: 'uptime',
    head: 'Uptime',
    meaning: `Checks of ${about.days.n} days that did not fail by the fault of the provider, rounded down`,
    isNumber: true,
    sorts: true,
    width: 96,
    cell: ({ checks, failed }) => (
      <Metric parts={{ value: uptime(failed, checks), unit: '' }} ground={`n ${count(checks)}`} />
    ),
  },
]

/** A column of figures: the median large, the last call beneath. */
function figures({ value, last, basis = medianOf, ...about }: Figures): Column<NowRow> {
  const cell = (row: NowRow) => {
    const parts = value(row)
    const { value: text, unit } = last(row)
    const ground = hasFailed(row) ? 'last failed' : `last ${text}${unit === '' ? '' : ` ${unit}`}`
    const n = plural(row.typical?.n ?? 0, 'answer')
    const why = parts.value === unknown ? reasonOf(row) : basis(n)
    return <Metric parts={parts} ground={row.last === null ? undefined : ground} why={why} />
  }
  return { width: 92, ...about, isNumber: true, sorts: true, cell }
}

interface Figures extends Pick<Column<NowRow>, 'id' | 'head' | 'meaning' | 'from' | 'width'> {
  value: (row: NowRow) => Parts
  last: (row: NowRow) => Parts
  /** What the value is of so many answers. */
  basis?: (n: string) => string
}

const medianOf = (n: string): string => `median of ${n} in 24 h`

const hasFailed = ({ last }: NowRow): boolean => (last?.error_kind ?? null) !== null

const reasonOf = ({ typical }: NowRow): string =>
  typical === null ? 'no answer in 24 hours' : 'too few tokens, timing that cannot be trusted, or no price'
