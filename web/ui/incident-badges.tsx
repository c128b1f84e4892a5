import { Link } from '@tanstack/react-router'
import type { Incident } from '../api/incident-queries.ts'
import styles from './incidents.module.css'

/** Why nobody, or not everybody, was told of an incident by itself. */
export function IncidentBadges({
  incident: { shadow, flapping, parent_id: parent },
}: {
  incident: Pick<Incident, 'shadow' | 'flapping' | 'parent_id'>
}) {
  return (
    <>
      {shadow && (
        <span
          className={styles.badge}
          title="Judged and shown, and told to nobody: in the first days of a target, or by a setting"
        >
          shadow
        </span>
      )}
      {flapping && (
        <span
          className={styles.badge}
          title="It opened three times within a day: the hourly digest alone tells it"
        >
          flapping
        </span>
      )}
      {parent !== null && (
        <Link
          to="/incidents/$id"
          params={{ id: parent }}
          className={styles.badge}
          title="Many targets of its provider are down: one incident tells all of them"
        >
          told by its provider
        </Link>
      )}
    </>
  )
}
