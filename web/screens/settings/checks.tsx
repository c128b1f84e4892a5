import { useQuery } from '@tanstack/react-query'
import { useSession } from '../../api/session.ts'
import { type Check, checksQuery, keyChecksQuery } from '../../api/upkeep-queries.ts'
import { Ago } from '../../ui/ago.tsx'
import { Button } from '../../ui/button.tsx'
import { Panel } from '../../ui/panel.tsx'
import { SignIn } from '../../ui/sign-in.tsx'
import { Mark } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { checkGroups } from './check-groups.ts'
import styles from './settings.module.css'

/** Every part of the installation: what was found, and what to do. */
export function Checks() {
  const { grant, isAdmin } = useSession()
  const read = useQuery({ ...checksQuery, enabled: isAdmin })
  const keys = useQuery(keyChecksQuery)
  if (grant !== null && !isAdmin) return <Closed />
  return (
    <Panel read={read} height={560}>
      {({ checks }) => (
        <div className={styles.checks}>
          <div className={styles.bar}>
            <p className={styles.note}>
              Checked <Ago at={new Date(read.dataUpdatedAt).toISOString()} />. No provider was called, unless
              you try the keys: each is asked once for its models.
            </p>
            <span className={styles.actions}>
              <Button
                why={keys.isFetching ? 'The providers are being asked' : null}
                onClick={() => void keys.refetch()}
              >
                {keys.isFetching ? 'Trying the keys' : 'Try the keys'}
              </Button>
              <Button
                why={read.isFetching ? 'It is being checked' : null}
                onClick={() => void read.refetch()}
              >
                Check again
              </Button>
            </span>
          </div>
          {keys.error !== null && (
            <p className={styles.note} role="alert">
              The keys could not be tried: {keys.error.message}
            </p>
          )}
          <Table<Check>
            caption="Checks of this installation"
            columns={columns}
            groups={checkGroups([...checks, ...(keys.data?.checks ?? [])])}
            keyOf={({ name, message }) => `${name} ${message}`}
            isCards
          />
        </div>
      )}
    </Panel>
  )
}

const Closed = () => (
  <section className={styles.sign}>
    <h2>The checks are for whoever may change things</h2>
    <p className={styles.note}>They name folders and hosts of this installation.</p>
    <SignIn />
  </section>
)

const looks = {
  ok: <Mark like="up" word="fine" />,
  warn: <Mark like="failing" word="warning" note="It works, and could be better" />,
  fail: <Mark like="down" word="failed" note="It does not work" />,
} as const

const columns: Column<Check>[] = [
  { id: 'name', head: 'Part', width: 152, cell: ({ name }) => name },
  { id: 'state', head: 'State', width: 112, cell: ({ state }) => looks[state] },
  { id: 'found', head: 'Found', cell: ({ message }) => <span className={styles.text}>{message}</span> },
  {
    id: 'todo',
    head: 'What to do',
    cell: ({ todo }) => todo !== null && <span className={styles.text}>{todo}</span>,
  },
]
