import { type FormEvent, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field } from '../../ui/field.tsx'
import { minutesOf, minutesProblem } from './interval.ts'
import type { Target } from './limits.ts'
import { SetButton } from './set-button.tsx'
import styles from './target.module.css'
import { useSetTarget } from './use-set-target.ts'

/** The button that opens the form of the interval of a target. */
export const SetInterval = ({ target }: { target: Target | undefined }) => (
  <SetButton target={target} label="Interval" what="the interval" form={Form} />
)

function Form({ target, onClose }: { target: Target; onClose: () => void }) {
  const [minutes, setMinutes] = useState(String(target.every_minutes ?? ''))
  const save = useSetTarget(target, onClose)
  const problem = minutesProblem(minutes)
  const why = save.isPending ? 'It is being saved' : problem
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (why === null) save.mutate({ every_minutes: minutesOf(minutes) })
  }
  return (
    <Dialog title={`Interval of ${target.model}`} onClose={onClose}>
      <form className={styles.form} onSubmit={submit}>
        <p>
          How far apart its scheduled calls are at least, up to a day. What goes by numbers, such as a rank,
          takes longer then. If the field is empty, it is called in every slot of the schedule.
        </p>
        <Field
          label="Minutes"
          inputMode="numeric"
          autoComplete="off"
          placeholder="every slot"
          value={minutes}
          problem={problem}
          onChange={({ target: { value } }) => setMinutes(value)}
        />
        {save.error !== null && <p role="alert">{save.error.message}</p>}
        <Button kind="primary" type="submit" why={why}>
          Save
        </Button>
      </form>
    </Dialog>
  )
}
