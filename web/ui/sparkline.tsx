import { foot, height, round, shapeOf, stripesOf, width } from './spark-shape.ts'
import styles from './sparkline.module.css'

/** A line from 0 to its largest value, broken where nothing was measured; failures are ticks below it. `label` says it in words. */
export function Sparkline({
  values,
  failures,
  gaps = [],
  label,
}: {
  values: readonly (number | null)[]
  /** [slot, how many]. */
  failures: readonly (readonly number[])[]
  /** The share of each slot in which nothing was measured by our own fault: striped. */
  gaps?: readonly number[]
  label: string
}) {
  const { line, dots, last } = shapeOf(values)
  const step = width / values.length
  const ticks = failures.map(([slot = 0]) => `M${round((slot + 0.5) * step)} ${height}v-3.5`).join('')
  return (
    <svg className={styles.spark} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      <path className={styles.base} d={`M0 ${height - foot + 1.5}H${width}`} />
      <path className={styles.gaps} d={stripesOf(gaps)} />
      <path className={styles.line} d={line + dots} />
      <path className={styles.failures} d={ticks} />
      {last !== null && <circle className={styles.last} cx={last[0]} cy={last[1]} r="2" />}
    </svg>
  )
}
