import { type FormEvent, useState } from 'react'
import { useSession } from '../../api/session.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field } from '../../ui/field.tsx'
import { whyOwned } from '../../ui/owned.ts'
import type { Target } from './limits.ts'
import { formOf, problemOf, sloFields, sloOf } from './slo.ts'
import styles from './target.module.css'
import { useSetTarget } from './use-set-target.ts'

/** The button that opens the form of the objectives of a target. */
export function SetObjectives({ target }: { target: Target | undefined }) {
  const { isAdmin } = useSession()
  const [isOpen, setOpen] = useState(false)
  const idle = target === undefined ? 'It is being read' : whyOwned(target.owned_by)
  const why = isAdmin ? idle : 'Sign in to set objectives'
  return (
    <>
      <Button why={why} onClick={() => setOpen(true)}>
        Objectives
      </Button>
      {isOpen && target !== undefined && <Form target={target} onClose={() => setOpen(false)} />}
    </>
  )
}

function Form({ target, onClose }: { target: Target; onClose: () => void }) {
  const [form, setForm] = useState(() => formOf(target.slo))
  const save = useSetTarget(target, onClose)
  const isWrong = sloFields.some((field) => problemOf(form, field) !== null)
  const why = save.isPending ? 'It is being saved' : isWrong ? 'A field is not as it must be' : null
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (why === null) save.mutate({ slo: sloOf(form) })
  }
  return (
    <Dialog title={`Objectives of ${target.model}`} onClose={onClose}>
      <form className={styles.form} onSubmit={submit}>
        <p>
          Which share must be good. An incident opens if what may be bad is used up too fast. An empty field
          is no objective.
        </p>
        {sloFields.map((field) => (
          <Field
            key={field.name}
            label={field.label}
            inputMode="decimal"
            autoComplete="off"
            placeholder={`such as ${field.such}`}
            value={form[field.name]}
            problem={problemOf(form, field)}
            onChange={({ target: { value } }) => setForm((before) => ({ ...before, [field.name]: value }))}
          />
        ))}
        {save.error !== null && <p role="alert">{save.error.message}</p>}
        <Button kind="primary" type="submit" why={why}>
          Save
        </Button>
      </form>
    </Dialog>
  )
}
