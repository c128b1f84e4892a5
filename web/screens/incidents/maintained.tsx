import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { maintenanceQuery } from '../../api/incident-queries.ts'
import { list } from '../../format/words.ts'
import { Icon } from '../../ui/icon.tsx'
import styles from './incidents.module.css'

/** What is in maintenance now: nothing is opened or told of it. */
export function Maintained() {
  const { data } = useQuery(maintenanceQuery)
  const open = data?.rows.filter(({ is_open: isOpen }) => isOpen) ?? []
  if (open.length === 0) return null
  return (
    <p className={styles.maintained} role="status">
      <Icon name="paused" />
      <span>
        In maintenance: {list(open.map(({ name }) => name))}. Results of it do not count, and nobody is told.{' '}
        <Link to="/incidents" search={{ view: 'maintenance' }}>
          Show the windows
        </Link>
      </span>
    </p>
  )
}
