import meanings from 'virtual:metrics'
import { count, durationParts, rateParts, unknown, usd } from '../../format/numbers.ts'
import { clock, utc } from '../../format/time.ts'
import { Metric } from '../../ui/metric.tsx'
import type { Column } from '../../ui/table.tsx'
import { Name, Outcome } from './call-cells.tsx'
import type { Call } from './view.ts'

/** The columns of a call. */
export const columnsOf = (hasTexts: boolean): readonly Column<Call>[] => [
  { id: 'name', head: 'Call', cell: (call) => <Name call={call} hasTexts={hasTexts} /> },
  { id: 'outcome', head: 'Outcome', width: 168, cell: (call) => <Outcome call={call} /> },
  {
    id: 'at',
    head: 'Called',
    width: 80,
    from: 900,
    isNumber: true,
    cell: ({ started_at: at }) =>
      at !== null && (
        <time dateTime={at} title={utc(at)}>
          {clock(at)}
        </time>
      ),
  },
  {
    id: 'ttft',
    head: 'TTFT',
    meaning: meanings['ttft_ms'],
    isNumber: true,
    width: 96,
    cell: (call) => <Metric parts={durationParts(call.ttft_ms)} ground={qualityOf(call)} />,
  },
  {
    id: 'ttfa',
    head: 'TTFA',
    meaning: meanings['ttfa_ms'],
    isNumber: true,
    width: 96,
    from: 900,
    cell: (call) => <Metric parts={durationParts(call.ttfa_ms)} />,
  },
  {
    id: 'tps',
    head: 'Speed',
    meaning: meanings['tps'],
    isNumber: true,
    width: 96,
    cell: (call) => <Metric parts={rateParts(call.tps)} />,
  },
  {
    id: 'latency',
    head: 'Latency',
    meaning: meanings['total_latency_ms'],
    isNumber: true,
    width: 96,
    from: 640,
    cell: (call) => <Metric parts={durationParts(call.total_latency_ms)} />,
  },
  {
    id: 'tokens',
    head: 'Tokens out',
    isNumber: true,
    width: 104,
    from: 900,
    cell: ({ input_tokens: input, output_tokens: output }) => (
      <Metric
        parts={{ value: output === null ? unknown : count(output), unit: '' }}
        ground={input === null ? undefined : `${count(input)} in`}
      />
    ),
  },
  {
    id: 'cost',
    head: 'Cost',
    isNumber: true,
    width: 96,
    from: 900,
    cell: ({ cost_usd: cost }) => (
      <span title={cost === null ? 'The price is unknown, or the call had no tokens' : undefined}>
        {usd(cost)}
      </span>
    ),
  },
]

/** A timing that cannot be trusted fully says so. */
const qualityOf = ({ timing_quality: quality }: Call): string | undefined =>
  quality === null || quality === 'ok' ? undefined : quality
