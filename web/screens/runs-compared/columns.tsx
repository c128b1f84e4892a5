import meanings from 'virtual:metrics'
import type { Answer } from '../../api/client.ts'
import { delta, duration, durationParts, rateParts, tokenRate } from '../../format/numbers.ts'
import { Metric } from '../../ui/metric.tsx'
import type { Column } from '../../ui/table.tsx'
import styles from './runs-compared.module.css'

export type Compared = Answer<'GET /api/v1/compare/runs'>['rows'][number]
type Figure = number | null

interface Pair extends Pick<Column<Compared>, 'id' | 'head' | 'meaning' | 'from'> {
  before: (row: Compared) => Figure
  after: (row: Compared) => Figure
  percent: (row: Compared) => Figure
}

/** A column of medians after, each with the one before and the difference. */
function pair({ before, after, percent, ...about }: Pair): Column<Compared> {
  const isRate = about.id === 'tps'
  const cell = (row: Compared) => {
    const [was, is] = [before(row), after(row)]
    const parts = isRate ? rateParts(is) : durationParts(is)
    const said = isRate ? tokenRate(was) : duration(was)
    const ground = was === null ? 'not before' : `was ${said}${change(percent(row))}`
    return <Metric parts={parts} ground={ground} why={delta(was, is, isRate ? 'tok/s' : 'ms')} />
  }
  return { ...about, isNumber: true, width: 156, cell }
}

/** `, −27 %`; empty if it cannot be told. */
const change = (percent: Figure): string =>
  percent === null ? '' : `, ${percent < 0 ? '−' : '+'}${Math.abs(Math.round(percent))} %`

export const columns: readonly Column<Compared>[] = [
  {
    id: 'name',
    head: 'Target',
    cell: ({ provider, model, region, series }) => (
      <span className={styles.name} title={`series ${series}`}>
        <span className={styles.model}>{model}</span>
        <span className={styles.about}>{[provider, region].filter((word) => word !== null).join(' · ')}</span>
      </span>
    ),
  },
  pair({
    id: 'ttft',
    head: 'TTFT',
    meaning: meanings['ttft_ms'],
    before: (row) => row.ttft_before_ms,
    after: (row) => row.ttft_after_ms,
    percent: (row) => row.ttft_change_percent,
  }),
  pair({
    id: 'tps',
    head: 'Speed',
    meaning: meanings['tps'],
    before: (row) => row.tps_before,
    after: (row) => row.tps_after,
    percent: (row) => row.tps_change_percent,
  }),
  pair({
    id: 'latency',
    head: 'Latency',
    meaning: meanings['total_latency_ms'],
    from: 640,
    before: (row) => row.latency_before_ms,
    after: (row) => row.latency_after_ms,
    percent: (row) => row.latency_change_percent,
  }),
  {
    id: 'n',
    head: 'Calls',
    meaning: 'Calls of this target in the run after, and in the run before',
    isNumber: true,
    width: 96,
    cell: ({ n_before: before, n_after: after }) => (
      <Metric parts={{ value: String(after), unit: '' }} ground={`was ${before}`} />
    ),
  },
  {
    id: 'failed',
    head: 'Failed',
    isNumber: true,
    width: 96,
    cell: ({ failed_before: before, failed_after: after }) => (
      <Metric parts={{ value: String(after), unit: '' }} ground={`was ${before}`} />
    ),
  },
]
