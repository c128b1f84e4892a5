import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Incident } from '../api/incident-queries.ts'
import { span } from '../format/time.ts'
import { Ago } from './ago.tsx'
import { useNow } from './clock.ts'
import { IncidentBadges } from './incident-badges.tsx'
import { endNames, lastingOf, whyOf } from './incident-words.ts'
import styles from './incidents.module.css'
import { Moment } from './moment.tsx'
import { Severity } from './severity.tsx'
import { type Column, Table } from './table.tsx'

/** Incidents in groups: how bad, what, since when, how long, and what became of each. */
export const Incidents = ({
  caption,
  groups,
  areOfOne = false,
}: {
  caption: string
  groups: readonly { name: string | null; note?: string; rows: readonly Incident[] }[]
  /** Whether all are told by the same, which the place says. */
  areOfOne?: boolean
}) => (
  <div className={styles.incidents}>
    <Table<Incident>
      caption={caption}
      columns={areOfOne ? columnsOfOne : columns}
      groups={groups}
      keyOf={({ id }) => id}
    />
  </div>
)

const columnsOf = (cell: (incident: Incident) => ReactNode): readonly Column<Incident>[] => [
  { id: 'what', head: 'What', cell },
  {
    id: 'since',
    head: 'Since',
    width: 128,
    from: 'Card900',
    isNumber: true,
    cell: ({ first_bad_at: at }) => <Moment at={at} />,
  },
  {
    id: 'lasts',
    head: 'Lasts',
    meaning: 'From the first result of it until it was resolved, or until now',
    width: 104,
    isNumber: true,
    cell: (incident) => <Lasting incident={incident} />,
  },
  { id: 'state', head: 'State', width: 200, cell: (incident) => <State incident={incident} /> },
]

const columns = columnsOf((incident) => <What incident={incident} />)
const columnsOfOne = columnsOf((incident) => <What incident={{ ...incident, parent_id: null }} />)

function What({ incident }: { incident: Incident }) {
  const { id, title, severity, resolved_at: ended, parent_id: parent } = incident
  const why = whyOf(incident).join(' ')
  return (
    <span className={`${styles.what} ${parent === null ? '' : styles.child}`}>
      <Severity severity={severity} isOver={ended !== null} />
      <span className={styles.words}>
        <Link to="/incidents/$id" params={{ id }} className={styles.title} title={title}>
          {title}
        </Link>
        <span className={styles.about}>
          <IncidentBadges incident={incident} />
          <span title={why}>{why}</span>
        </span>
      </span>
    </span>
  )
}

/** How long an incident lasts or lasted. */
function Lasting({ incident }: { incident: Incident }) {
  return span(lastingOf(incident, useNow()))
}

/** Whether somebody takes care of it, or how it ended. */
function State({ incident }: { incident: Incident }) {
  const { acknowledged_at: at, acknowledged_by: by, resolve_reason: reason } = incident
  const isTaken = at !== null && by !== null
  return (
    <span className={styles.state}>
      <span className={reason === null && !isTaken ? '' : styles.mute}>
        {reason === null ? (isTaken ? 'acknowledged' : 'open') : endNames[reason]}
      </span>
      {isTaken && (
        <span className={styles.by} title={by}>
          by {by}, <Ago at={at} />
        </span>
      )}
    </span>
  )
}
