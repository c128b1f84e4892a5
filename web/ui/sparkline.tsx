import styles from './sparkline.module.css'

const width = 96
const height = 24
/** Room below the line for failures, and above it for its stroke. */
const foot = 5
const head = 2

/** A line from 0 to its largest value, broken where nothing was measured; failures are ticks below it. `label` says it in words. */
export function Sparkline({
  values,
  failures,
  label,
}: {
  values: readonly (number | null)[]
  /** [slot, how many]. */
  failures: readonly (readonly number[])[]
  label: string
}) {
  const { line, dots, last } = shapeOf(values)
  const step = width / values.length
  const ticks = failures.map(([slot = 0]) => `M${round((slot + 0.5) * step)} ${height}v-3.5`).join('')
  return (
    <svg className={styles.spark} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      <path className={styles.base} d={`M0 ${height - foot + 1.5}H${width}`} />
      <path className={styles.line} d={line + dots} />
      <path className={styles.failures} d={ticks} />
      {last !== null && <circle className={styles.last} cx={last[0]} cy={last[1]} r="2" />}
    </svg>
  )
}

const round = (value: number): number => Math.round(value * 10) / 10

/** The path of the runs of values, dots for those that stand alone, and the last point if it is of now. */
export function shapeOf(values: readonly (number | null)[]) {
  const most = Math.max(1, ...values.map((value) => value ?? 0))
  const step = width / values.length
  const at = (value: number, slot: number): [number, number] => [
    round((slot + 0.5) * step),
    round(height - foot - (value / most) * (height - foot - head)),
  ]
  let line = ''
  let dots = ''
  let last: [number, number] | null = null
  for (const [slot, value] of values.entries()) {
    if (value === null) continue
    const [x, y] = at(value, slot)
    const before = values[slot - 1] ?? null
    const after = values[slot + 1] ?? null
    if (before === null && after === null) dots += `M${x} ${y}h0`
    else line += `${before === null ? 'M' : 'L'}${x} ${y}`
    last = [x, y]
  }
  return { line, dots, last }
}
