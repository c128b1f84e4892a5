import { type FormEvent, useState } from 'react'
import { useSession } from '../../api/session.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field } from '../../ui/field.tsx'
import { whyOwned } from '../../ui/owned.ts'
import { minutesOf, minutesProblem } from './interval.ts'
import type { Target } from './limits.ts'
import styles from './target.module.css'
import { useSetTarget } from './use-set-target.ts'

/** The button that opens the form of the interval of a target. */
export function SetInterval({ target }: { target: Target | undefined }) {
  const { isAdmin } = useSession()
  const [isOpen, setOpen] = useState(false)
  const idle = target === undefined ? 'It is being read' : whyOwned(target.owned_by)
  const why = isAdmin ? idle : 'Sign in to set the interval'
  return (
    <>
      <Button why={why} onClick={() => setOpen(true)}>
        Interval
      </Button>
      {isOpen && target !== undefined && <Form target={target} onClose={() => setOpen(false)} />}
    </>
  )
}

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
