import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { send } from '../../api/client.ts'
import { maintenanceQuery, type MaintenanceWindow } from '../../api/incident-queries.ts'
import { nowQuery, providersQuery } from '../../api/queries.ts'
import { utc } from '../../format/time.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Choice, Field } from '../../ui/field.tsx'
import styles from './incidents.module.css'
import {
  type EnteredWindow,
  enteredWindow,
  inputOf,
  momentOf,
  windowBody,
  windowProblem,
} from './window-form.ts'

const hourMs = 3_600_000

/** A window of the next full hour. */
function empty(): EnteredWindow {
  const from = new Date(Math.ceil(Date.now() / hourMs) * hourMs)
  return {
    name: '',
    scope: 'all',
    recurs: false,
    from: inputOf(from),
    to: inputOf(new Date(from.getTime() + hourMs)),
    cron: '0 3 * * 0',
    minutes: '60',
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    reason: '',
  }
}

/** The form of a maintenance window, a new one or one to be changed: once, or by a cron expression. */
export function WindowForm({ row = null, onClose }: { row?: MaintenanceWindow | null; onClose: () => void }) {
  const [entered, setEntered] = useState(() => (row === null ? empty() : enteredWindow(row)))
  const set = (name: keyof EnteredWindow) => (event: { target: { value: string } }) =>
    setEntered((before) => ({ ...before, [name]: event.target.value }))
  const save = useSave(row, onClose)
  const why = save.isPending ? 'It is being saved' : windowProblem(entered)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (why === null) save.mutate(entered)
  }
  return (
    <Dialog title={row === null ? 'Add a maintenance window' : `Change ${row.name}`} onClose={onClose}>
      <form className={styles.form} onSubmit={submit}>
        <Field label="Name" value={entered.name} autoComplete="off" onChange={set('name')} />
        <Scopes value={entered.scope} onChange={set('scope')} />
        <Choice
          label="When"
          value={entered.recurs ? 'recurs' : 'once'}
          onChange={({ target: { value } }) =>
            setEntered((before) => ({ ...before, recurs: value === 'recurs' }))
          }
        >
          <option value="once">Once</option>
          <option value="recurs">Again and again</option>
        </Choice>
        {entered.recurs ? (
          <div className={styles.cron}>
            <Field label="Begins (cron)" value={entered.cron} spellCheck={false} onChange={set('cron')} />
            <Field label="Minutes" inputMode="numeric" value={entered.minutes} onChange={set('minutes')} />
            <Field label="Time zone" value={entered.zone} spellCheck={false} onChange={set('zone')} />
          </div>
        ) : (
          <div className={styles.pair}>
            <Moment label="From" value={entered.from} onChange={set('from')} />
            <Moment label="To" value={entered.to} onChange={set('to')} />
          </div>
        )}
        <Field label="Reason (optional)" value={entered.reason} onChange={set('reason')} />
        {save.error !== null && <p role="alert">{save.error.message}</p>}
        <Button kind="primary" type="submit" why={why}>
          {row === null ? 'Add' : 'Save'}
        </Button>
      </form>
    </Dialog>
  )
}

function useSave(row: MaintenanceWindow | null, onDone: () => void) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (entered: EnteredWindow) => {
      const body = windowBody(entered, row)
      return row === null
        ? send('POST', '/api/v1/maintenance', { body })
        : send('PUT', '/api/v1/maintenance/{id}', { params: { id: row.id }, body })
    },
    onSuccess: onDone,
    onSettled: () => queries.invalidateQueries({ queryKey: maintenanceQuery.queryKey }),
  })
}

type OnChange = (event: { target: { value: string } }) => void

/** A moment in the zone of the viewer, shown in UTC too. */
function Moment({ label, value, onChange }: { label: string; value: string; onChange: OnChange }) {
  const at = momentOf(value)
  return (
    <span className={styles.moment}>
      <Field label={label} type="datetime-local" value={value} onChange={onChange} />
      <small>{at === null ? 'no moment' : utc(at).replace(/:\d\d UTC/, ' UTC')}</small>
    </span>
  )
}

/** What is to be in maintenance: everything, a provider, or a target. */
function Scopes({ value, onChange }: { value: string; onChange: OnChange }) {
  const { data: providers } = useQuery(providersQuery)
  const { data: present } = useQuery(nowQuery)
  const targets = new Map(present?.rows.map((row) => [row.target_id, row]))
  const nameOf = (id: string) => present?.providers[id]?.name ?? id
  const shown = (providers?.rows ?? []).filter(({ id }) => present !== undefined && id in present.providers)
  return (
    <Choice label="Of" value={value} onChange={onChange}>
      <option value="all">Everything</option>
      <optgroup label="A provider">
        {shown.map(({ id, name }) => (
          <option key={id} value={`provider/${id}`}>
            {name}
          </option>
        ))}
      </optgroup>
      <optgroup label="A target">
        {[...targets.values()].map(({ target_id: id, provider, model }) => (
          <option key={id} value={`target/${id}`}>
            {model} at {nameOf(provider)}
          </option>
        ))}
      </optgroup>
    </Choice>
  )
}
