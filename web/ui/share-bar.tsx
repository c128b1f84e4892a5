import styles from './share-bar.module.css'

const width = 96

/** How the calls of a run went, as parts of a line; the words beside it say the same. */
export function ShareBar({ ok, failed, of }: { ok: number; failed: number; of: number }) {
  const scale = of === 0 ? 0 : width / of
  // One failure of hundreds is still seen.
  const wrong = failed === 0 ? 0 : Math.max(3, failed * scale)
  const right = Math.min(width - wrong, ok * scale)
  return (
    <svg className={styles.bar} viewBox={`0 0 ${width} 4`} aria-hidden="true">
      <path className={styles.none} d={`M0 0H${width}V4H0Z`} />
      <path className={styles.ok} d={`M0 0H${right}V4H0Z`} />
      <path className={styles.failed} d={`M${right} 0h${wrong}v4h${-wrong}Z`} />
    </svg>
  )
}
