import styles from './bar.module.css'

/** How much is done. */
export function Bar({
  label,
  percent,
  isThin = false,
}: {
  label: string
  percent: number
  isThin?: boolean
}) {
  return (
    <div
      className={`${styles.bar} ${isThin ? styles.thin : ''}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.floor(percent)}
    >
      <div style={{ transform: `scaleX(${percent / 100})` }} />
    </div>
  )
}
