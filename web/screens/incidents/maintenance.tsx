import { useQuery } from '@tanstack/react-query'
import { maintenanceQuery, type MaintenanceWindow } from '../../api/incident-queries.ts'
import { useSession } from '../../api/session.ts'
import { Button } from '../../ui/button.tsx'
import { Panel } from '../../ui/panel.tsx'
import { useChangeSearch } from '../../ui/search.ts'
import { Table } from '../../ui/table.tsx'
import styles from './incidents.module.css'
import type { IncidentsSearch } from './search.ts'
import { columns } from './window-columns.tsx'
import { WindowForm } from './window-dialog.tsx'

/** When results of what do not count, and nobody is told: now, next and again and again. */
export function Maintenance({ search }: { search: IncidentsSearch }) {
  const { isAdmin } = useSession()
  const read = useQuery(maintenanceQuery)
  const change = useChangeSearch<IncidentsSearch>()
  return (
    <>
      <div className={styles.bar}>
        <p className={styles.note}>
          In a window checks go on. Their results are shown, count for nothing, and open no incident.
        </p>
        <Button why={isAdmin ? null : 'Sign in to add a window'} onClick={() => change({ add: true })}>
          Add a window
        </Button>
      </div>
      <Panel
        read={read}
        height={300}
        isEmpty={({ rows }) => rows.length === 0}
        empty={<p className={styles.none}>No maintenance is planned.</p>}
      >
        {({ rows }) => (
          <Table<MaintenanceWindow>
            caption="Maintenance windows: open now, next, recurring"
            columns={columns}
            groups={groupsOf(rows)}
            keyOf={({ id }) => id}
            isCards
          />
        )}
      </Panel>
      {search.add === true && <WindowForm onClose={() => change({ add: undefined })} />}
    </>
  )
}

const groupsOf = (rows: readonly MaintenanceWindow[]) =>
  [
    { name: 'Now', rows: rows.filter(({ is_open: isOpen }) => isOpen) },
    { name: 'Next', rows: rows.filter(({ is_open: isOpen, cron }) => !isOpen && cron === null) },
    { name: 'Recurring', rows: rows.filter(({ is_open: isOpen, cron }) => !isOpen && cron !== null) },
  ].filter((group) => group.rows.length > 0)
