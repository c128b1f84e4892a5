import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { send } from '../../api/client.ts'
import { useSession } from '../../api/session.ts'
import { tell } from '../../app/notices.ts'
import { plural } from '../../format/words.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { type RunLike, undeletable } from '../../ui/run-words.ts'
import { SignIn } from '../../ui/sign-in.tsx'
import styles from './run.module.css'

/** Deleting a run, after a question. */
export function Delete({ run }: { run: RunLike }) {
  const [isAsked, setAsked] = useState(false)
  return (
    <>
      <Button kind="quiet" why={undeletable(run)} onClick={() => setAsked(true)}>
        Delete
      </Button>
      {isAsked && (
        <Dialog title="Delete this run?" onClose={() => setAsked(false)}>
          <Question run={run} onKeep={() => setAsked(false)} />
        </Dialog>
      )}
    </>
  )
}

function Question({ run, onKeep }: { run: RunLike; onKeep: () => void }) {
  const { isAdmin } = useSession()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const remove = useMutation({
    mutationFn: () => send('DELETE', '/api/v1/runs/{id}', { params: { id: run.id } }),
    onSuccess: async ({ n_results: results }) => {
      await navigate({ to: '/history' })
      tell(`The run is deleted, with ${plural(results, 'result')}.`)
      queries.removeQueries({ queryKey: ['/api/v1/runs/{id}', run.id] })
      await queries.invalidateQueries()
    },
  })
  if (!isAdmin) return <SignIn />
  return (
    <div className={styles.question}>
      <p>
        Its {plural(run.n_probes, 'call')}, their results and timelines are gone for good, and the statistics
        of its hours are made anew without them. What it spent stays spent.
      </p>
      {remove.error !== null && <p role="alert">{remove.error.message}</p>}
      <div>
        <Button onClick={onKeep}>Keep it</Button>
        <Button
          kind="primary"
          why={remove.isPending ? 'It is deleted' : null}
          onClick={() => remove.mutate()}
        >
          Delete the run
        </Button>
      </div>
    </div>
  )
}
