import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { send } from '../../api/client.ts'
import { fleetQuery } from '../../api/upkeep-queries.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field } from '../../ui/field.tsx'
import { type Lanes, lanesProblem } from './fleet-view.ts'
import styles from './settings.module.css'

/** Sets how many calls of a provider each region may have in flight. */
export function SetLanes({
  of: { provider, name, lanes, is_usual: isUsual },
  onClose,
}: {
  of: Lanes
  onClose: () => void
}) {
  const queries = useQueryClient()
  const [typed, setTyped] = useState(String(lanes))
  const set = useMutation({
    mutationFn: (asked: number | null) =>
      send('PUT', '/api/v1/fleet/lanes/{provider}', { params: { provider }, body: { lanes: asked } }),
    onSuccess: onClose,
    onSettled: () => queries.invalidateQueries({ queryKey: fleetQuery.queryKey }),
  })
  const problem = lanesProblem(typed)
  const why = set.isPending ? 'It is being set' : problem
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (why === null) set.mutate(Number(typed))
  }
  return (
    <Dialog title={`Lanes of ${name}`} onClose={onClose}>
      <form className={styles.form} onSubmit={submit}>
        <Field
          label="Calls in flight at most, in each region"
          inputMode="numeric"
          autoComplete="off"
          value={typed}
          problem={problem}
          onChange={({ target }) => setTyped(target.value)}
        />
        <p className={styles.note}>
          More of them make a slot sooner, and meet the rate limits of the provider sooner. If there are
          fewer, calls in flight go on to their end.
        </p>
        {set.error !== null && <p role="alert">{set.error.message}</p>}
        <div className={styles.actions}>
          <Button kind="primary" type="submit" why={why}>
            Set
          </Button>
          {!isUsual && (
            <Button why={set.isPending ? 'It is being set' : null} onClick={() => set.mutate(null)}>
              As usual: 4
            </Button>
          )}
        </div>
      </form>
    </Dialog>
  )
}
