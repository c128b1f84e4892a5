import meanings from 'virtual:metrics'
import { duration, durationParts, rateParts, uptime, usd, unknown, type Parts } from '../../format/numbers.ts'
import { clock } from '../../format/time.ts'
import { plural, spoken } from '../../format/words.ts'
import { Ago } from '../../ui/ago.tsx'
import { Metric } from '../../ui/metric.tsx'
import { Sparkline } from '../../ui/sparkline.tsx'
import { State } from '../../ui/state.tsx'
import type { Column } from '../../ui/table.tsx'
import { UptimeBar } from '../../ui/uptime-bar.tsx'
import styles from './now.module.css'
import type { NowRow } from './view.ts'

/** What the columns need besides a row. */
interface About {
  slots: { t0: string; step_s: number; n: number }
  days: { t0: string }
  hasRegions: boolean
}

/** The columns of the screen: typical values of 24 hours large, those of the last call beneath. */
export const columnsOf = (about: About): Column<NowRow>[] => [
  { id: 'name', head: 'Target', sorts: true, cell: (row) => <Name row={row} hasRegions={about.hasRegions} /> },
  { id: 'state', head: 'State', sorts: true, width: 104, cell: (row) => <StateOf row={row} /> },
  number('ttft', 'TTFT', 104, {
    meaning: meanings['ttft_ms'],
    value: (row) => durationParts(row.typical?.ttft_ms),
    last: (row) => durationParts(row.last?.ttft_ms),
  }),
  number('tps', 'Speed', 104, {
    meaning: meanings['tps'],
    value: (row) => rateParts(row.typical?.tps),
    last: (row) => ({ ...rateParts(row.last?.tps), unit: '' }),
  }),
  {
    ...number('latency', 'Latency', 104, {
      meaning: meanings['total_latency_ms'],
      value: (row) => durationParts(row.typical?.total_latency_ms),
      last: (row) => durationParts(row.last?.total_latency_ms),
    }),
    from: 900,
  },
  {
    id: 'cost',
    head: 'Last cost',
    meaning: 'What the last call cost, by its price or what the provider charged',
    isNumber: true,
    sorts: true,
    width: 96,
    from: 900,
    cell: ({ last }) => (
      <span title={last?.cost_usd === null ? 'The price is unknown, or the call had no tokens' : undefined}>
        {usd(last?.cost_usd)}
      </span>
    ),
  },
  {
    id: 'spark',
    head: 'TTFT, 24 h',
    meaning: 'Median TTFT by quarter of an hour; a gap is time without a measurement, a red tick a failure',
    width: 120,
    cell: (row) => <Spark row={row} />,
  },
  {
    id: 'days',
    head: '90 days',
    meaning: 'A cell a day (UTC): full without failures, notched below 5 % of failed checks, split from there on',
    width: 286,
    from: 1200,
    cell: ({ checks_90d, failed_90d, model }) => (
      <UptimeBar checks={checks_90d} failed={failed_90d} since={about.days.t0} name={model} />
    ),
  },
  {
    id: 'uptime',
    head: 'Uptime',
    meaning: 'Checks of 90 days that did not fail by the fault of the provider, rounded down',
    isNumber: true,
    sorts: true,
    width: 96,
    from: 640,
    cell: ({ checks, failed }) => (
      <Metric parts={{ value: uptime(failed, checks), unit: '' }} ground={`n ${checks}`} />
    ),
  },
]

function number(
  id: string,
  head: string,
  width: number,
  { meaning, value, last }: { meaning: string | undefined; value: (row: NowRow) => Parts; last: (row: NowRow) => Parts },
): Column<NowRow> {
  const cell = (row: NowRow) => {
    const parts = value(row)
    const { value: text, unit } = last(row)
    const ground = `last ${text}${unit === '' ? '' : ` ${unit}`}`
    const why = parts.value === unknown ? reasonOf(row) : `median of ${plural(row.typical?.n ?? 0, 'answer')} in 24 h`
    return <Metric parts={parts} ground={row.last === null ? undefined : ground} why={why} />
  }
  return { id, head, meaning, isNumber: true, sorts: true, width, cell }
}

const reasonOf = ({ typical }: NowRow): string =>
  typical === null ? 'no answer in 24 hours' : 'too few tokens, or timing that cannot be trusted'

function Name({ row, hasRegions }: { row: NowRow; hasRegions: boolean }) {
  const { providerName, model, region, synthetic, parameters, typical, last } = row
  const extra = Object.entries(parameters ?? {}).map(([name, value]) => `${name} ${String(value)}`)
  const about = [providerName, ...(hasRegions && region !== null ? [region] : []), ...(synthetic ? ['synthetic'] : []), ...extra]
  return (
    <span className={styles.name}>
      <span className={styles.model} title={model}>
        {model}
      </span>
      <span className={styles.about}>
        <span>{about.join(' · ')}</span>
        <span className={styles.ground}>
          n {typical?.n ?? 0}
          {last !== null && (
            <>
              {' · '}
              <Ago at={last.at} />
            </>
          )}
        </span>
      </span>
    </span>
  )
}

function StateOf({ row: { state, since, last } }: { row: NowRow }) {
  const error = last?.error_kind ?? null
  const isWrong = state === 'down' || state === 'failing'
  return (
    <span className={styles.state}>
      <State state={state} />
      {isWrong && error !== null && (
        <span className={styles.why} title={since === null ? undefined : `since ${clock(since)}`}>
          {spoken(error)}
        </span>
      )}
    </span>
  )
}

function Spark({ row: { ttft_24h: values, failed_24h: failures, typical } }: { row: NowRow }) {
  const missing = values.filter((value) => value === null).length
  const n = failures.reduce((total, [, each = 0]) => total + each, 0)
  const label = `TTFT of 24 h: median ${duration(typical?.ttft_ms)}, ${plural(n, 'failure')}, nothing measured in ${missing} of ${values.length} quarters of an hour`
  return <Sparkline values={values} failures={failures} label={label} />
}
