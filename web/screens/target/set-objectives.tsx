import { type FormEvent, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field } from '../../ui/field.tsx'
import type { Target } from './limits.ts'
import { formOf, problemOf, sloFields, sloOf } from './slo.ts'
import { SetButton } from './set-button.tsx'
import styles from './target.module.css'
import { useSetTarget } from './use-set-target.ts'

/** The button that opens the form of the objectives of a target. */
export const SetObjectives = ({ target }: { target: Target | undefined }) => (
  <SetButton target={target} label="Objectives" what="objectives" form={Form} />
)

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
