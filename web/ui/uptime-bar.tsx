import { count, uptime } from '../format/numbers.ts'
import { day, span } from '../format/time.ts'
import { useNow } from './clock.ts'
import type { Whose } from '../api/gap-queries.ts'
import { DayTip } from './day-tip.tsx'
import { cell, height, pathsOf } from './uptime-days.ts'
import { useChosen } from './use-chosen.ts'
import styles from './uptime-bar.module.css'

const dayMs = 86_400_000

/** A cell a day, oldest left: full if nothing failed, notched if little did, split if much did, a stub without checks, striped from the top for the hours in which we did not measure. */
export function UptimeBar({
  checks,
  failed,
  gaps = [],
  since,
  name,
  whose,
}: {
  checks: readonly number[]
  failed: readonly number[]
  /** The share of each day in which nothing was measured by our own fault. */
  gaps?: readonly number[]
  /** The first day, in UTC. */
  since: string
  name: string
  /** Whose errors are named when a day with failures is chosen. */
  whose?: Whose
}) {
  const now = useNow()
  const { chosen, at, slider, chooseLast } = useChosen(checks.length)
  const startOf = (index: number) => new Date(Date.parse(since) + index * dayMs)
  const textOf = (index: number): string => {
    const [n = 0, bad = 0, gap = 0] = [checks[index], failed[index], gaps[index]]
    const said = n === 0 ? 'no checks' : `${count(bad)} of ${count(n)} failed (${uptime(bad, n)})`
    const missed = gap === 0 ? '' : `, not measured for ${span(gap * dayMs)}`
    return `${day(startOf(index), now, 'UTC')}: ${said}${missed}`
  }
  const paths = pathsOf(checks, failed, gaps)
  const wide = checks.length * cell
  return (
    <span className={styles.bar}>
      <span
        className={styles.window}
        {...slider}
        aria-label={`Days of ${name}`}
        aria-valuetext={textOf(at)}
        onFocus={chooseLast}
      >
        <svg
          viewBox={`0 0 ${wide} ${height}`}
          preserveAspectRatio="none"
          style={{ width: `calc(${wide}px * var(--widen))`, height }}
          aria-hidden="true"
        >
          <path className={styles.gap} d={paths.gap} />
          <path className={styles.none} d={paths.none} />
          <path className={styles.up} d={paths.up} />
          <path className={styles.failing} d={paths.failing} />
          <path className={styles.down} d={paths.down} />
          {chosen !== null && (
            <path className={styles.chosen} d={`M${chosen * cell - 0.5} -2h3v${height + 4}h-3z`} />
          )}
        </svg>
      </span>
      {chosen !== null && (
        <DayTip
          key={chosen}
          text={textOf(chosen)}
          failed={failed[chosen] ?? 0}
          whose={whose}
          since={startOf(chosen).toISOString()}
        />
      )}
    </span>
  )
}
