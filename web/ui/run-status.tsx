import { Icon } from './icon.tsx'
import { type RunLike, statusOf } from './run-words.ts'
import styles from './state.module.css'

/** The status of a run as icon and word, and why it has it. */
export function RunStatus({ run: { status, status_reason: reason } }: { run: RunLike }) {
  const { icon, look, meaning } = statusOf[status]
  return (
    <span className={`${styles.state} ${styles[look]}`} title={reason ?? meaning}>
      <Icon name={icon} />
      {status}
    </span>
  )
}
