import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { send } from '../../api/client.ts'
import { maintenanceQuery, type MaintenanceWindow } from '../../api/incident-queries.ts'
import { useNames } from '../../api/provider-names.ts'
import { nowQuery } from '../../api/queries.ts'
import { useSession } from '../../api/session.ts'
import { tell } from '../../app/notices.ts'
import { span } from '../../format/time.ts'
import { Button } from '../../ui/button.tsx'
import { Moment } from '../../ui/moment.tsx'
import { whyOwned } from '../../ui/owned.ts'
import { Mark } from '../../ui/state.tsx'
import type { Column } from '../../ui/table.tsx'
import styles from './incidents.module.css'
import { WindowForm } from './window-dialog.tsx'

/** What is shown of a maintenance window. */
export const columns: readonly Column<MaintenanceWindow>[] = [
  {
    id: 'name',
    head: 'Window',
    cell: ({ name, reason }) => (
      <span className={styles.name}>
        <span>{name}</span>
        {reason !== null && <small title={reason}>{reason}</small>}
      </span>
    ),
  },
  { id: 'scope', head: 'Of', width: 200, cell: ({ scope }) => <Scope scope={scope} /> },
  { id: 'when', head: 'When', width: 300, cell: (row) => <When row={row} /> },
  {
    id: 'state',
    head: 'State',
    width: 180,
    cell: ({ open_until: until, opens_next: next }) =>
      until !== null ? (
        <span>
          <Mark like="paused" word="open" /> until <Moment at={until} />
        </span>
      ) : next === null ? (
        'over'
      ) : (
        <>
          next <Moment at={next} />
        </>
      ),
  },
  { id: 'do', head: 'Change', isNumber: true, width: 152, cell: (row) => <Change row={row} /> },
]

function When({
  row: { starts_at: from, ends_at: to, cron, duration_minutes: minutes, time_zone: zone },
}: {
  row: MaintenanceWindow
}) {
  if (cron !== null)
    return (
      <span className={styles.name}>
        <span>
          <code>{cron}</code> for {span((minutes ?? 0) * 60_000)}
        </span>
        <small>
          {zone}
          {from !== null && (
            <>
              , from <Moment at={from} />
            </>
          )}
          {to !== null && (
            <>
              , until <Moment at={to} />
            </>
          )}
        </small>
      </span>
    )
  if (from === null || to === null) return null
  return (
    <span className={styles.name}>
      <span>
        <Moment at={from} /> to <Moment at={to} />
      </span>
      <small>for {span(Date.parse(to) - Date.parse(from))}</small>
    </span>
  )
}

/** What a window is for, by the names that people know. */
function Scope({ scope }: { scope: string }) {
  const nameOf = useNames()
  const { data } = useQuery(nowQuery)
  if (scope === 'all') return 'everything'
  const [kind, id = ''] = scope.split(/\/(.*)/s)
  if (kind === 'provider') return nameOf(id)
  const row = data?.rows.find(({ target_id: target }) => target === id)
  return row === undefined ? 'a deleted target' : `${row.model} at ${nameOf(row.provider)}`
}

const Change = ({ row }: { row: MaintenanceWindow }) => (
  <span className={styles.actions}>
    <Edit row={row} />
    <Delete row={row} />
  </span>
)

function Edit({ row }: { row: MaintenanceWindow }) {
  const { isAdmin } = useSession()
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button
        kind="quiet"
        aria-label={`Edit ${row.name}`}
        why={isAdmin ? whyOwned(row.owned_by) : 'Sign in to change it'}
        onClick={() => setOpen(true)}
      >
        Edit
      </Button>
      {isOpen && <WindowForm row={row} onClose={() => setOpen(false)} />}
    </>
  )
}

function Delete({ row: { id, name, owned_by: owner } }: { row: MaintenanceWindow }) {
  const { isAdmin } = useSession()
  const queries = useQueryClient()
  const remove = useMutation({
    mutationFn: () => send('DELETE', '/api/v1/maintenance/{id}', { params: { id } }),
    onError: ({ message }) => tell(`It was not deleted: ${message}`),
    onSettled: () => queries.invalidateQueries({ queryKey: maintenanceQuery.queryKey }),
  })
  const idle = whyOwned(owner) ?? (remove.isPending ? 'It is being deleted' : null)
  return (
    <Button
      kind="quiet"
      aria-label={`Delete ${name}`}
      why={isAdmin ? idle : 'Sign in to delete it'}
      onClick={() => remove.mutate()}
    >
      Delete
    </Button>
  )
}
