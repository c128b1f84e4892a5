import meanings from 'virtual:metrics'
import { durationParts, rateParts, usd } from '../../format/numbers.ts'
import { list, plural, spoken } from '../../format/words.ts'
import { Icon } from '../../ui/icon.tsx'
import { Metric } from '../../ui/metric.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import styles from './run.module.css'
import { Strip } from './strip.tsx'
import { sizeOf } from './call.ts'
import type { Outcome } from './view.ts'

/** What a run brought, by model: medians, and the speed of each call on one axis. */
export function Outcomes({
  outcomes,
  nameOf,
}: {
  outcomes: readonly Outcome[]
  nameOf: (provider: string) => string
}) {
  const most = axisEnd(Math.max(0, ...outcomes.map(({ tps }) => tps?.max ?? 0)))
  return (
    <section className={styles.block} aria-label="Results by model">
      <h2>Results by model</h2>
      <Table<Outcome>
        caption="Results by model: medians of the calls that count"
        columns={columnsOf({
          nameOf,
          most,
          hasTiers: new Set(outcomes.map(({ context }) => context)).size > 1,
        })}
        groups={[{ name: null, rows: outcomes }]}
        keyOf={({ target_id: id, series }) => `${id} ${series}`}
      />
    </section>
  )
}

/** A round end of an axis, not below the largest value. */
function axisEnd(largest: number): number {
  const unit = 10 ** Math.floor(Math.log10(Math.max(1, largest)))
  return unit * ([1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8].find((step) => step * unit >= largest) ?? 10)
}

const columnsOf = ({
  nameOf,
  most,
  hasTiers,
}: {
  nameOf: (provider: string) => string
  most: number
  hasTiers: boolean
}): Column<Outcome>[] => [
  {
    id: 'model',
    head: 'Model',
    cell: ({ model, provider, context }) => (
      <span className={styles.name}>
        <span title={model ?? ''}>{model}</span>
        <small>
          {nameOf(provider ?? '')}
          {hasTiers && context !== null && ` · context ${sizeOf(context)}`}
        </small>
      </span>
    ),
  },
  {
    id: 'tps',
    head: 'Tok/s',
    meaning: meanings['tps'],
    isNumber: true,
    width: 112,
    cell: ({ tps }) => (
      <Metric
        parts={{ ...rateParts(tps?.p50), unit: '' }}
        ground={
          tps === null ? undefined : `${rateParts(tps.min).value}–${rateParts(tps.max).value}, n ${tps.n}`
        }
      />
    ),
  },
  {
    id: 'strip',
    head: `Speed of each call, 0–${most} tok/s`,
    meaning: 'A dot a call, a line at the median; every row has the same axis, which begins at 0',
    width: 260,
    from: 900,
    cell: (outcome) => <Strip outcome={outcome} most={most} />,
  },
  duration('ttft', 'TTFT', 'ttft_ms'),
  duration('latency', 'Duration', 'total_latency_ms'),
  {
    id: 'cost',
    head: 'Cost',
    isNumber: true,
    width: 96,
    from: 640,
    cell: ({ cost_usd: cost, n_cost_unknown: n, n_ok: answers }) => (
      <span title={n === 0 ? 'all its calls' : `${n} of ${plural(answers, 'answer')} without a price`}>
        {n === answers && cost === 0 ? '–' : usd(cost)}
      </span>
    ),
  },
  { id: 'status', head: 'Status', width: 184, cell: (outcome) => <Status outcome={outcome} /> },
]

function duration(id: string, head: string, metric: 'ttft_ms' | 'total_latency_ms'): Column<Outcome> {
  return {
    id,
    head,
    meaning: meanings[metric],
    isNumber: true,
    width: 104,
    ...(id === 'latency' && { from: 640 as const }),
    cell: (outcome) => {
      const samples = outcome[metric]
      return (
        <Metric
          parts={durationParts(samples?.p50)}
          ground={samples === null ? undefined : `n ${samples.n}`}
        />
      )
    },
  }
}

function Status({
  outcome: { n_ok: ok, n_failed: failed, error_kinds: kinds, skip_reasons: reasons },
}: {
  outcome: Outcome
}) {
  const why = [
    ...Object.keys(kinds).map(spoken),
    ...Object.entries(reasons).map(([reason, n]) => `${n} left out: ${spoken(reason)}`),
  ]
  const [look, icon] = failed === 0 ? ([styles.good, 'up'] as const) : ([styles.bad, 'down'] as const)
  return (
    <span className={styles.status}>
      {ok + failed === 0 ? (
        <span className={styles.none}>not called</span>
      ) : (
        <span className={look}>
          <Icon name={icon} /> {ok} of {ok + failed} ok
        </span>
      )}
      {why.length > 0 && <small>{list(why)}</small>}
    </span>
  )
}
