import { Button } from '../../ui/button.tsx'
import { clock, day, span } from '../../format/time.ts'
import { useNow } from '../../ui/clock.ts'
import { timeText } from '../../over-time/marks.ts'
import { rangeNames, rangeOf, type TargetSearch } from './search.ts'
import styles from './target.module.css'
import type { Change } from './use-search.ts'
import { regionName } from '../../over-time/series.ts'
import type { PresentRow } from './view.ts'

/** How long a time is shown, where it ends, and which regions. */
export function Controls({
  rows,
  search: { range = '24h', until, from, to, region },
  onChange,
}: {
  rows: readonly PresentRow[]
  search: TargetSearch
  onChange: (change: Change) => void
}) {
  const now = useNow()
  const regions = rows.map((row) => row.region).filter((each) => each !== null)
  return (
    <search className={styles.controls}>
      <ul className={styles.choices} aria-label="Time shown">
        {rangeNames.map((name) => (
          <li key={name}>
            <button
              type="button"
              aria-pressed={range === name && from === undefined}
              onClick={() =>
                onChange({ range: name === '24h' ? undefined : name, from: undefined, to: undefined })
              }
            >
              {rangeOf[name].label}
            </button>
          </li>
        ))}
      </ul>
      {from !== undefined && to !== undefined && (
        <span className={styles.until}>
          {timeText(Date.parse(from), Date.parse(to))} · {span(Date.parse(to) - Date.parse(from))}
          <Button onClick={() => onChange({ from: undefined, to: undefined })}>
            Back to {rangeOf[range].label}
          </Button>
        </span>
      )}
      {until !== undefined && from === undefined && (
        <span className={styles.until}>
          until {day(until, now)}, {clock(until)}
          <Button kind="quiet" onClick={() => onChange({ until: undefined })}>
            Back to now
          </Button>
        </span>
      )}
      {(regions.length > 1 || region !== undefined) && (
        <ul className={styles.choices} aria-label="Region">
          <li>
            <button
              type="button"
              aria-pressed={region === undefined}
              onClick={() => onChange({ region: undefined })}
            >
              All regions
            </button>
          </li>
          {regions.map((name, index) => (
            <li key={name}>
              <button type="button" aria-pressed={region === name} onClick={() => onChange({ region: name })}>
                {region === undefined && <i className={styles[`slot${(index % 8) + 1}`]} />}
                {regionName(name)}
              </button>
            </li>
          ))}
        </ul>
      )}
    </search>
  )
}
