import styles from './run.module.css'

/** How much is done. */
export function Bar({ label, percent }: { label: string; percent: number }) {
  return (
    <div
      className={styles.bar}
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
