import { count, uptime } from '../../format/numbers.ts'
import { Metric } from '../../ui/metric.tsx'
import { State } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { UptimeBar } from '../../ui/uptime-bar.tsx'
import { figures, lastText, sum, whyOf } from './key-figures.ts'
import styles from './target.module.css'
import { regionName } from '../../over-time/series.ts'
import type { Days, PresentRow } from './view.ts'

/** The key figures, a row for each region. */
export function Regions({ rows, ...about }: { rows: readonly PresentRow[] } & Days) {
  return (
    <div className={`${styles.regions} ${styles.cards}`}>
      <Table<PresentRow>
        caption="Medians of 24 hours by region, and the last call"
        columns={columnsOf(about)}
        groups={[{ name: null, rows }]}
        keyOf={({ region }) => regionName(region)}
      />
    </div>
  )
}

const columnsOf = ({ days, gaps }: Days): Column<PresentRow>[] => [
  {
    id: 'region',
    head: 'Region',
    cell: (row) => (
      <>
        {regionName(row.region)} <span className={styles.mute}>n {row.typical?.n ?? 0} · 24 h</span>
      </>
    ),
  },
  { id: 'state', head: 'State', width: 104, cell: ({ state }) => <State state={state} /> },
  ...figures.map(({ id, head, meaning, parts, last }): Column<PresentRow> => ({
    id,
    head,
    meaning,
    isNumber: true,
    width: 104,
    ...(id === 'ttfa' && { from: 900 }),
    cell: (row) => (
      <Metric parts={parts(row)} why={whyOf(row, parts(row))} ground={lastText(row, last(row))} />
    ),
  })),
  {
    id: 'days',
    head: '90 days',
    width: 286,
    from: 1200,
    cell: (row) => (
      <UptimeBar
        checks={row.checks_90d}
        failed={row.failed_90d}
        gaps={gaps}
        since={days.t0}
        name={regionName(row.region)}
        whose={row}
      />
    ),
  },
  {
    id: 'uptime',
    head: 'Uptime',
    meaning: 'Checks of 90 days that did not fail by the fault of the provider, rounded down',
    isNumber: true,
    width: 96,
    from: 640,
    cell: ({ checks_90d: checks, failed_90d: failed }) => (
      <Metric
        parts={{ value: uptime(sum(failed), sum(checks)), unit: '' }}
        ground={`n ${count(sum(checks))}`}
      />
    ),
  },
]
