import { Link } from '@tanstack/react-router'
import type { Delivery } from '../api/incident-queries.ts'
import { plural } from '../format/words.ts'
import { useNow } from './clock.ts'
import styles from './deliveries.module.css'
import { eventNames } from './incident-words.ts'
import { Moment } from './moment.tsx'
import { Mark } from './state.tsx'
import type { StateName } from './states.ts'
import { type Column, Table } from './table.tsx'

/** What was sent to whom, and what became of it. `titleOf` says of which incident, if they are of several. */
export const Deliveries = ({
  caption,
  rows,
  titleOf,
}: {
  caption: string
  rows: readonly Delivery[]
  titleOf?: (incident: string) => string
}) => (
  <Table<Delivery>
    caption={caption}
    columns={columnsOf(titleOf)}
    groups={[{ name: null, rows }]}
    keyOf={({ id }) => id}
    isCards
  />
)

const columnsOf = (titleOf: ((incident: string) => string) | undefined): Column<Delivery>[] => [
  { id: 'event', head: 'What', cell: (row) => <What row={row} titleOf={titleOf} /> },
  {
    id: 'channel',
    head: 'Channel',
    width: 144,
    cell: ({ channel }) => channel,
  },
  { id: 'state', head: 'State', width: 112, cell: (row) => <State row={row} /> },
  { id: 'at', head: 'When', width: 160, cell: (row) => <When row={row} /> },
]

function What({
  row: { event, incident_id: id, last_error: error, state },
  titleOf,
}: {
  row: Delivery
  titleOf: ((incident: string) => string) | undefined
}) {
  return (
    <span className={styles.what}>
      {titleOf === undefined || id === null ? (
        <span>{eventNames[event]}</span>
      ) : (
        <Link to="/incidents/$id" params={{ id }} title={titleOf(id)}>
          {titleOf(id)}: {eventNames[event]}
        </Link>
      )}
      {error !== null && state !== 'sent' && (
        <span className={state === 'dead' ? styles.error : styles.note} title={error}>
          {error}
        </span>
      )}
    </span>
  )
}

const looks: Readonly<Record<Delivery['state'], { like: StateName; word: string; note: string }>> = {
  sent: { like: 'up', word: 'sent', note: 'Its receiver took it' },
  pending: { like: 'stale', word: 'waits', note: 'It is sent when it is due' },
  held: { like: 'stale', word: 'waits', note: 'It is told with others, in a digest' },
  sending: { like: 'stale', word: 'waits', note: 'It is being sent' },
  dead: { like: 'down', word: 'given up', note: 'It was not delivered, and is not tried again' },
  replaced: { like: 'unknown', word: 'replaced', note: 'Something else told it, or nothing needed to' },
}

function State({ row: { state } }: { row: Delivery }) {
  const { like, word, note } = looks[state]
  return <Mark like={like} word={word} note={note} />
}

function When({ row }: { row: Delivery }) {
  const { state, sent_at: sent, next_attempt_at: next, created_at: created, attempts } = row
  const isWaiting = state === 'pending' || state === 'held'
  const now = useNow()
  const at =
    isWaiting && new Date(next) > now ? (
      <>
        next <Moment at={next} />
      </>
    ) : (
      <Moment at={sent ?? created} />
    )
  return (
    <span className={styles.when}>
      <span>{at}</span>
      {(attempts > 1 || (attempts > 0 && sent === null)) && (
        <span className={styles.note}>{plural(attempts, 'attempt')}</span>
      )}
    </span>
  )
}
