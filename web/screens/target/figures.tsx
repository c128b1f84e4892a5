import { count, uptime, usd } from '../../format/numbers.ts'
import { plural } from '../../format/words.ts'
import { Ago } from '../../ui/ago.tsx'
import { Metric } from '../../ui/metric.tsx'
import { UptimeBar } from '../../ui/uptime-bar.tsx'
import { figures, lastText, sum, whyOf } from './key-figures.ts'
import { Regions } from './regions.tsx'
import styles from './target.module.css'
import type { Days, PresentRow } from './view.ts'

/** The key figures of a target: large if it is called from one place, else a row for each region. */
export function Figures({ rows, ...about }: { rows: readonly PresentRow[] } & Days) {
  const [row] = rows
  if (row === undefined) return <p className={styles.basis}>It was never called from this region.</p>
  return rows.length === 1 ? <Large row={row} {...about} /> : <Regions rows={rows} {...about} />
}

function Large({ row, days, gaps }: { row: PresentRow } & Days) {
  const [checks, failed] = [sum(row.checks_90d), sum(row.failed_90d)]
  return (
    <dl className={styles.figures}>
      {figures.map(({ id, head, meaning, parts, last }) => (
        <div key={id}>
          <dt title={meaning}>{head}</dt>
          <dd>
            <Metric
              parts={parts(row)}
              why={whyOf(row, parts(row))}
              ground={`n ${row.typical?.n ?? 0} · 24 h · ${lastText(row, last(row))}`}
            />
          </dd>
        </div>
      ))}
      <div>
        <dt title="What the last call cost, by its price or what the provider charged">Cost of a call</dt>
        <dd>
          <Metric
            parts={{ value: usd(row.last?.cost_usd), unit: '' }}
            ground={
              row.last === null ? (
                'no call'
              ) : (
                <>
                  last call, <Ago at={row.last.at} />
                </>
              )
            }
          />
        </dd>
      </div>
      <div className={styles.wide}>
        <dt title="Checks of 90 days that did not fail by the fault of the provider, rounded down">Uptime</dt>
        <dd>
          <Metric
            parts={{ value: uptime(failed, checks), unit: '' }}
            ground={`n ${count(checks)} · 90 d · ${plural(failed, 'failure')}`}
          />
          <UptimeBar
            checks={row.checks_90d}
            failed={row.failed_90d}
            gaps={gaps}
            since={days.t0}
            name={row.model}
            whose={row}
          />
        </dd>
      </div>
    </dl>
  )
}
