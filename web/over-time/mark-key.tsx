import styles from './over-time.module.css'

const Gap = () => (
  <span>
    <i className={styles.gapKey} /> gap in the schedule
  </span>
)
const Failed = () => (
  <span>
    <i className={styles.failureKey} /> failed
  </span>
)
const Closer = () => <span>Drag, or Shift and the arrow keys, to see a time closer</span>

/** What the marks of the charts of a target mean, and how a chart is seen closer. */
export const MarkKey = () => (
  <p className={styles.key}>
    <span>
      <i className={styles.outageKey} /> down: two checks or more failed in a row
    </span>
    <span>
      <i className={styles.incidentKey} /> another incident
    </span>
    <Gap />
    <span>
      <i className={styles.priceKey} /> price change
    </span>
    <Failed />
    <Closer />
  </p>
)

/** The same of the chart of an incident. */
export const IncidentKey = ({ isSevere }: { isSevere: boolean }) => (
  <p className={styles.key}>
    <span>
      <i className={isSevere ? styles.outageKey : styles.incidentKey} /> from the first bad result until it
      was resolved
    </span>
    <Failed />
    <Gap />
    <Closer />
  </p>
)
