import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useId, useState } from 'react'
import { send } from '../../api/client.ts'
import { type Incident, incidentQuery, openIncidentsQuery } from '../../api/incident-queries.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field } from '../../ui/field.tsx'
import type { ActName } from './actions.tsx'
import styles from './incident.module.css'

/** What each act is called, and what it means. */
const acts = {
  acknowledge: {
    title: 'Acknowledge',
    path: '/api/v1/incidents/{id}/acknowledge',
    about: 'Nobody is reminded of it any more.',
  },
  notes: { title: 'Add a note', path: '/api/v1/incidents/{id}/notes', about: null },
  resolve: {
    title: 'Resolve',
    path: '/api/v1/incidents/{id}/resolve',
    about: 'It usually resolves by itself. If it is judged so again, another one opens.',
  },
} as const

/** Who acts is asked once. */
const key = 'my-name'

function storedName(): string {
  try {
    return localStorage.getItem(key) ?? ''
  } catch {
    return ''
  }
}

function keepName(name: string): void {
  try {
    localStorage.setItem(key, name)
  } catch {
    // It is asked again.
  }
}

/** The form of an act: who, and what there is to say. */
export function Act({ incident, name, onClose }: { incident: Incident; name: ActName; onClose: () => void }) {
  const id = useId()
  const [by, setBy] = useState(storedName)
  const [note, setNote] = useState('')
  const { title, about } = acts[name]
  const act = useAct(incident, name, onClose)
  const why = act.isPending
    ? 'It is being saved'
    : name === 'notes' && note.trim() === ''
      ? 'Write a note'
      : null
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (why !== null) return
    keepName(by.trim())
    act.mutate({ by: by.trim(), note: note.trim() })
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <form className={styles.form} onSubmit={submit}>
        {about !== null && <p>{about}</p>}
        {name === 'resolve' && incident.kind === 'slow' && (
          <p>What was slow is taken for usual from now on.</p>
        )}
        <Field
          label="Your name"
          placeholder="the dashboard"
          autoComplete="name"
          maxLength={200}
          value={by}
          onChange={({ target }) => setBy(target.value)}
        />
        <span className={styles.area}>
          <label htmlFor={id}>{name === 'notes' ? 'Note' : 'Note (optional)'}</label>
          <textarea
            id={id}
            rows={4}
            maxLength={2000}
            value={note}
            onChange={({ target }) => setNote(target.value)}
          />
        </span>
        {act.error !== null && <p role="alert">{act.error.message}</p>}
        <Button kind="primary" type="submit" why={why}>
          {title}
        </Button>
      </form>
    </Dialog>
  )
}

function useAct({ id }: Incident, name: ActName, onDone: () => void) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ by, note }: { by: string; note: string }) =>
      send('POST', acts[name].path, {
        params: { id },
        body: { ...(by !== '' && { by }), ...(note !== '' && { note }) },
      }),
    onSuccess: onDone,
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: incidentQuery(id).queryKey }),
        queries.invalidateQueries({ queryKey: openIncidentsQuery.queryKey.slice(0, 1) }),
      ]),
  })
}
