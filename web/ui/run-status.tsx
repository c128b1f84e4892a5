import type { RunLike } from './run-words.ts'
import { Icon, type IconName } from './icon.tsx'
import styles from './state.module.css'

/** The mark and the meaning of each status of a run. */
const statusOf: Readonly<Record<RunLike['status'], { icon: IconName; look: string; meaning: string }>> = {
  queued: { icon: 'stale', look: 'stale', meaning: 'It waits for its turn' },
  running: { icon: 'up', look: 'running', meaning: 'It is at work' },
  finished: { icon: 'up', look: 'up', meaning: 'All its calls are over' },
  cancelled: { icon: 'close', look: 'stale', meaning: 'A person ended it before its end' },
  abandoned: {
    icon: 'failing',
    look: 'failing',
    meaning: 'Whoever worked on it was gone, and nobody took it over',
  },
  missed: { icon: 'unknown', look: 'stale', meaning: 'Its slot of the schedule passed without a call' },
}

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
