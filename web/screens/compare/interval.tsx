import styles from './compare.module.css'

const width = 96
const height = 8
/** An interval is at least so wide, in px. */
const least = 2

/** A value with its interval on a scale from 0 that a column shares. */
export function Interval({
  value,
  low,
  high,
  most,
}: {
  value: number
  low: number
  high: number
  most: number
}) {
  const at = (of: number): number => (most === 0 ? 0 : Math.round((of / most) * (width - 6) * 10) / 10 + 3)
  const from = at(low)
  const length = Math.max(least, at(high) - from)
  return (
    <svg className={styles.interval} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      <path className={styles.scale} d={`M0 4.5H${width}`} />
      <path className={styles.reach} d={`M${from} 4h${length}`} />
      <path className={styles.middle} d={`M${at(value)} 0V${height}`} />
    </svg>
  )
}
