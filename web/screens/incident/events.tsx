import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { IncidentInFull } from '../../api/incident-queries.ts'
import { endNames } from '../../ui/incident-words.ts'
import { Moment } from '../../ui/moment.tsx'
import styles from './incident.module.css'

type Event = IncidentInFull['events'][number]

/** What happened to an incident, in order. */
export const Events = ({ events }: { events: readonly Event[] }) => (
  <ol className={styles.events}>
    {events.map((event) => (
      <li key={`${event.at} ${event.type}`}>
        <span className={styles.at}>
          <Moment at={event.at} />
        </span>
        <div>
          <p>{said(event)}</p>
          {textIn(event, 'note') !== null && <blockquote>{textIn(event, 'note')}</blockquote>}
        </div>
      </li>
    ))}
  </ol>
)

const textIn = ({ detail }: Event, key: string): string | null => {
  const value = detail[key]
  return typeof value === 'string' ? value : null
}

function said(event: Event): ReactNode {
  const { type, actor } = event
  const by = actor === null ? '' : ` by ${actor}`
  const parent = textIn(event, 'parent_id')
  if (type === 'opened') return `Opened, ${textIn(event, 'severity') ?? 'as it was judged'}`
  if (type === 'worsened') return `Became ${textIn(event, 'severity') ?? 'worse'}`
  if (type === 'acknowledged') return `Acknowledged${by}`
  if (type === 'reminded') return 'Told again: nobody had acknowledged it'
  if (type === 'resolved') return `Resolved${by}: ${endOf(textIn(event, 'reason'))}`
  if (parent !== null)
    return (
      <>
        Told from here on by{' '}
        <Link to="/incidents/$id" params={{ id: parent }}>
          the incident of its provider
        </Link>
      </>
    )
  return `Noted${by}`
}

const endOf = (reason: string | null): string =>
  reason !== null && Object.hasOwn(endNames, reason) ? endNames[reason as keyof typeof endNames] : 'over'
