import type { Incident } from '../api/incident-queries.ts'
import { Icon, type IconName } from './icon.tsx'
import styles from './state.module.css'

type SeverityName = Incident['severity']

const looks: Readonly<Record<SeverityName, { icon: IconName; look: string }>> = {
  critical: { icon: 'down', look: 'down' },
  major: { icon: 'failing', look: 'down' },
  minor: { icon: 'minor', look: 'failing' },
  info: { icon: 'info', look: 'stale' },
}

/** How bad an incident is or was, as icon and word; what is over has no colour. */
export function Severity({ severity, isOver = false }: { severity: SeverityName; isOver?: boolean }) {
  const { icon, look } = looks[severity]
  return (
    <span className={`${styles.state} ${styles[isOver ? 'stale' : look]}`}>
      <Icon name={icon} />
      {severity}
    </span>
  )
}
