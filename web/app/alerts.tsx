import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { ApiProblem } from '../api/client.ts'
import { deadLettersQuery } from '../api/incident-queries.ts'
import { healthQuery } from '../api/queries.ts'
import { useSession } from '../api/session.ts'
import { span } from '../format/time.ts'
import { Ago } from '../ui/ago.tsx'
import { Icon } from '../ui/icon.tsx'
import styles from './alerts.module.css'

/** So long a page waits for what may stand above it, in ms. */
const patienceMs = 1000

/** Whether it is still unknown if something stands above the screen: drawn now, it would be pushed down a moment later. */
export function useWaiting(): boolean {
  const { isAdmin } = useSession()
  const { isPending, failureCount } = useQuery(healthQuery)
  const letters = useQuery({ ...deadLettersQuery, enabled: isAdmin })
  const [isOver, setOver] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setOver(true), patienceMs)
    return () => clearTimeout(timer)
  }, [])
  return ((isPending && failureCount === 0) || (letters.isLoading && letters.failureCount === 0)) && !isOver
}

/** What is wrong with the monitor itself, above everything it says. */
export function Alerts() {
  const { data: health, error } = useQuery(healthQuery)
  if (error instanceof ApiProblem && error.isOffline)
    return (
      <p className={styles.alert} role="alert">
        <Icon name="failing" /> The server does not answer. What you see is as old as it says, and goes on
        when it answers again.
      </p>
    )
  if (health === undefined || health.state !== 'overdue') return null
  const { last_finished_at: last, interval_s: every } = health
  return (
    <p className={styles.alert} role="alert">
      <Icon name="failing" />
      <span>
        The monitor is late:{' '}
        {last === null ? (
          'no run has finished yet'
        ) : (
          <>
            its last run finished <Ago at={last} />
          </>
        )}
        {every !== null && `, and one is expected every ${span(every * 1000)}`}.
      </span>
    </p>
  )
}
