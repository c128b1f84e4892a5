import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { latestIncidentsQuery } from '../../api/incident-queries.ts'
import { nowQuery } from '../../api/queries.ts'
import { span } from '../../format/time.ts'
import { useNow } from '../../ui/clock.ts'
import { Icon } from '../../ui/icon.tsx'
import { Moment } from '../../ui/moment.tsx'
import styles from './incidents.module.css'
import { quietSince } from './view.ts'

/** Nothing is open: since when, or why that says nothing. */
export function Quiet() {
  const now = useNow()
  const { data } = useQuery(latestIncidentsQuery())
  const { data: present } = useQuery(nowQuery)
  if (data === undefined || present === undefined) return <div className={styles.quiet} />
  const since = quietSince(data.rows)
  if (present.rows.length === 0)
    return (
      <section className={styles.quiet} aria-label="Nothing is watched">
        <h2>Nothing is watched yet</h2>
        <p>
          An incident opens when a target is down, fails often or is slower than it used to be.{' '}
          <Link to="/">Make the first run</Link>
        </p>
      </section>
    )
  return (
    <section className={styles.quiet} aria-label="Nothing is wrong">
      <h2 className={styles.fine}>
        <Icon name="up" /> Nothing is wrong
      </h2>
      {since === null ? (
        <p>
          No incident has been opened here. One opens when a target is down, fails often or is slower than it
          used to be, and when the monitor itself is late, short of budget or imprecise.
        </p>
      ) : (
        <p>
          since <Moment at={since} />, for {span(now.getTime() - Date.parse(since))}
        </p>
      )}
    </section>
  )
}
