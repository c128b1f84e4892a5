import styles from './target.module.css'

/** What the marks of the charts mean, and how a chart is seen closer. */
export function MarkKey() {
  return (
    <p className={styles.key}>
      <span>
        <i className={styles.outageKey} /> down: two checks or more failed in a row
      </span>
      <span>
        <i className={styles.gapKey} /> gap in the schedule
      </span>
      <span>
        <i className={styles.priceKey} /> price change
      </span>
      <span>
        <i className={styles.failureKey} /> failed
      </span>
      <span>Drag, or Shift and the arrow keys, to see a time closer</span>
    </p>
  )
}
