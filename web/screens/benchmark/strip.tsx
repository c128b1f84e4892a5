import { tokenRate } from '../../format/numbers.ts'
import { plural } from '../../format/words.ts'
import styles from './run.module.css'
import type { Outcome } from './view.ts'

const [width, height] = [240, 24]

/** A dot as a line without length, whose round ends are it. */
const dot = (x: number): string => `M${x.toFixed(1)} ${height / 2}h0`

/** The speed of each call of a model as a dot, from 0 to `most` tok/s, and the median as a line. */
export function Strip({ outcome: { calls, tps }, most }: { outcome: Outcome; most: number }) {
  const known = calls.flatMap(({ tps: speed }) => speed ?? [])
  if (known.length === 0) return null
  const x = (speed: number) => 4 + (speed / most) * (width - 8)
  const label = `${plural(known.length, 'call')}: ${known.map((speed) => tokenRate(speed)).join(', ')}`
  return (
    <svg className={styles.strip} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      <path className={styles.axis} d={`M4 ${height / 2}H${width - 4}`} />
      {tps !== null && <path className={styles.median} d={`M${x(tps.p50)} 4v${height - 8}`} />}
      <path className={styles.dots} d={known.map((speed) => dot(x(speed))).join('')} />
    </svg>
  )
}
