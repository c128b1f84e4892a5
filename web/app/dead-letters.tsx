import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { deadLettersQuery } from '../api/incident-queries.ts'
import { useSession } from '../api/session.ts'
import { list, plural } from '../format/words.ts'
import { useNow } from '../ui/clock.ts'
import { Icon } from '../ui/icon.tsx'
import styles from './alerts.module.css'
import { latelyDead } from './lately-dead.ts'

/** That somebody could not be told of incidents, for the admin. */
export function DeadLetters() {
  const { isAdmin } = useSession()
  const now = useNow()
  const { data } = useQuery({ ...deadLettersQuery, enabled: isAdmin })
  const dead = isAdmin ? latelyDead(data?.rows ?? [], now) : []
  if (dead.length === 0) return null
  const channels = [...new Set(dead.map(({ channel }) => channel))]
  return (
    <p className={styles.alert} role="alert">
      <Icon name="failing" />
      <span>
        {plural(dead.length, 'message')} to {list(channels)} could not be delivered in the last 24 hours.{' '}
        <Link to="/incidents" search={{ view: 'channels', state: 'dead' }}>
          Show what was given up
        </Link>
      </span>
    </p>
  )
}
