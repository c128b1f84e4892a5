import { type KeyboardEvent, type PointerEvent, useState } from 'react'
import { count, uptime } from '../format/numbers.ts'
import { day } from '../format/time.ts'
import { useNow } from './clock.ts'
import { cell, height, pathsOf } from './uptime-days.ts'
import styles from './uptime-bar.module.css'

const dayMs = 86_400_000

/** A cell a day, oldest left: full if nothing failed, notched if little did, with a gap if much did, a stub without checks. */
export function UptimeBar({
  checks,
  failed,
  since,
  name,
}: {
  checks: readonly number[]
  failed: readonly number[]
  /** The first day, in UTC. */
  since: string
  name: string
}) {
  const now = useNow()
  const [chosen, choose] = useState<number | null>(null)
  const last = checks.length - 1
  const textOf = (index: number): string => {
    const at = new Date(Date.parse(since) + index * dayMs)
    const [n = 0, bad = 0] = [checks[index], failed[index]]
    const said = n === 0 ? 'no checks' : `${count(bad)} of ${count(n)} failed (${uptime(bad, n)})`
    return `${day(at, now, 'UTC')}: ${said}`
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const next = { ArrowLeft: (chosen ?? last) - 1, ArrowRight: (chosen ?? last) + 1, Home: 0, End: last }[
      event.key
    ]
    if (next === undefined) return
    event.preventDefault()
    choose(Math.min(last, Math.max(0, next)))
  }
  const onPointerMove = ({ currentTarget, clientX }: PointerEvent) => {
    const { left, width } = currentTarget.getBoundingClientRect()
    choose(Math.min(last, Math.max(0, Math.floor(((clientX - left) / width) * checks.length))))
  }
  const shown = chosen ?? last
  const paths = pathsOf(checks, failed)
  const wide = checks.length * cell
  return (
    <span className={styles.bar}>
      <span
        className={styles.window}
        role="slider"
        tabIndex={0}
        aria-label={`Days of ${name}`}
        aria-valuemin={1}
        aria-valuemax={checks.length}
        aria-valuenow={shown + 1}
        aria-valuetext={textOf(shown)}
        onKeyDown={onKeyDown}
        onFocus={() => choose(last)}
        onBlur={() => choose(null)}
        onPointerMove={onPointerMove}
        onPointerLeave={() => choose(null)}
      >
        <svg viewBox={`0 0 ${wide} ${height}`} width={wide} height={height} aria-hidden="true">
          <path className={styles.none} d={paths.none} />
          <path className={styles.up} d={paths.up} />
          <path className={styles.failing} d={paths.failing} />
          <path className={styles.down} d={paths.down} />
          {chosen !== null && (
            <path className={styles.chosen} d={`M${chosen * cell - 0.5} -2h3v${height + 4}h-3z`} />
          )}
        </svg>
      </span>
      {chosen !== null && <span className={styles.tip}>{textOf(chosen)}</span>}
    </span>
  )
}
