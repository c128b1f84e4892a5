import { type FormEvent, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field } from '../../ui/field.tsx'
import { limited, limitOf, limitProblem, type Target } from './limits.ts'
import { SetButton } from './set-button.tsx'
import styles from './target.module.css'
import { useSetTarget } from './use-set-target.ts'

/** The button that opens the form of the limits of a target. */
export const SetLimits = ({ target }: { target: Target | undefined }) => (
  <SetButton target={target} label="Limits" what="limits" form={Form} />
)

function Form({ target, onClose }: { target: Target; onClose: () => void }) {
  const [values, setValues] = useState(() => ({
    ttft_ms: String(target.limits.ttft_ms ?? ''),
    latency_ms: String(target.limits.latency_ms ?? ''),
  }))
  const save = useSetTarget(target, onClose)
  const isWrong = limited.some(({ name }) => limitProblem(values[name]) !== null)
  const why = save.isPending ? 'It is being saved' : isWrong ? 'A limit is no whole number of ms' : null
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (why !== null) return
    const limits = { ttft_ms: limitOf(values.ttft_ms), latency_ms: limitOf(values.latency_ms) }
    save.mutate({ limits })
  }
  return (
    <Dialog title={`Limits of ${target.model}`} onClose={onClose}>
      <form className={styles.form} onSubmit={submit}>
        <p>
          Three samples in a row above a limit open an incident, whatever is usual. An empty field is no
          limit.
        </p>
        {limited.map(({ name, label }) => (
          <Field
            key={name}
            label={label}
            inputMode="numeric"
            autoComplete="off"
            placeholder="no limit"
            value={values[name]}
            problem={limitProblem(values[name])}
            onChange={({ target: { value } }) => setValues((before) => ({ ...before, [name]: value }))}
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
