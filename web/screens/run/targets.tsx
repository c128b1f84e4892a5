import { Link } from '@tanstack/react-router'
import meanings from 'virtual:metrics'
import { count, durationParts, rateParts, unknown, usd } from '../../format/numbers.ts'
import { Metric } from '../../ui/metric.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import styles from './run.module.css'
import { extrasOf, failedFirst, groundOf, type RunTarget, statisticsOf, tally } from './view.ts'

/** So many are shown unless all are asked for. */
const usual = 20

/** A run by target, region and series: medians of its own answers, those with failures first. */
export function Targets({ targets, isAll }: { targets: readonly RunTarget[]; isAll: boolean }) {
  const ordered = failedFirst(targets)
  const isCut = !isAll && ordered.length > usual
  return (
    <>
      <Table<RunTarget>
        caption="The run by target"
        columns={columns}
        groups={[{ name: null, rows: isCut ? ordered.slice(0, usual) : ordered }]}
        keyOf={({ target_id: id, region, series }) => `${id} ${region} ${series}`}
        isCards
      />
      {isCut && (
        <p className={styles.all}>
          <Link
            from="/history/$id"
            to="."
            search={(before) => ({ ...before, all: true as const })}
            resetScroll={false}
          >
            Show all {targets.length}
          </Link>
        </p>
      )}
    </>
  )
}

type Samples = RunTarget['ttft_ms']

interface Figures extends Pick<Column<RunTarget>, 'id' | 'head' | 'meaning' | 'from'> {
  of: (row: RunTarget) => Samples
}

/** A column of medians with what they rest on. */
function figures({ of, ...about }: Figures): Column<RunTarget> {
  const isRate = about.id === 'tps'
  const cell = (row: RunTarget) => {
    const samples = of(row)
    const parts = isRate ? rateParts(samples?.p50) : durationParts(samples?.p50)
    const why = statisticsOf(samples, isRate ? 'tok/s' : 'ms') ?? 'no answer, or too few tokens'
    return <Metric parts={parts} ground={groundOf(samples)} why={why} />
  }
  return { ...about, isNumber: true, width: 136, cell }
}

const columns: readonly Column<RunTarget>[] = [
  { id: 'name', head: 'Target', cell: (row) => <Name row={row} /> },
  {
    id: 'ok',
    head: 'Succeeded',
    isNumber: true,
    width: 144,
    cell: ({ n, n_ok: ok, error_kinds: errors, skip_reasons: skips }) => {
      const wrong = [tally(errors), tally(skips)].filter(Boolean).join(', ')
      return (
        <Metric
          parts={{ value: `${count(ok)} of ${count(n)}`, unit: '' }}
          ground={wrong === '' ? undefined : <span className={styles.wrong}>{wrong}</span>}
          why={wrong}
        />
      )
    },
  },
  figures({ id: 'ttft', head: 'TTFT', meaning: meanings['ttft_ms'], of: (row) => row.ttft_ms }),
  figures({ id: 'ttfa', head: 'TTFA', meaning: meanings['ttfa_ms'], of: (row) => row.ttfa_ms, from: 900 }),
  figures({ id: 'tps', head: 'Speed', meaning: meanings['tps'], of: (row) => row.tps }),
  figures({
    id: 'latency',
    head: 'Latency',
    meaning: meanings['total_latency_ms'],
    of: (row) => row.total_latency_ms,
    from: 900,
  }),
  {
    id: 'cost',
    head: 'Cost',
    isNumber: true,
    width: 96,
    from: 900,
    cell: ({ cost_usd: cost, n_ok: ok, n_cost_unknown: missing }) => (
      <Metric
        parts={{ value: missing >= ok ? unknown : usd(cost), unit: '' }}
        ground={missing === 0 || missing >= ok ? undefined : `${missing} unknown`}
      />
    ),
  },
]

function Name({ row: { provider, model, region, parameters, series } }: { row: RunTarget }) {
  const extras = extrasOf(parameters)
  return (
    <span className={styles.name} title={series === null ? undefined : `series ${series}`}>
      <span className={styles.model}>{model ?? 'a model that is gone'}</span>
      <span className={styles.about}>{[provider, region, extras].filter(Boolean).join(' · ')}</span>
    </span>
  )
}
