import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useId, useState } from 'react'
import type { Answer } from '../api/client.ts'
import { send } from '../api/client.ts'
import { onLive } from '../api/live.ts'
import { jobsQuery } from '../api/queries.ts'
import { useSession } from '../api/session.ts'
import { list, plural } from '../format/words.ts'
import { Button } from '../ui/button.tsx'
import { Icon } from '../ui/icon.tsx'
import styles from './jobs.module.css'
import { tell } from './notices.ts'

type Job = Answer<'GET /api/v1/benchmarks'>['running'][number]

/** Runs on demand that are at work or wait, each with Cancel, in a popover of the top bar. */
export function Jobs() {
  const id = useId()
  const { data } = useQuery(jobsQuery)
  const done = useDone()
  const running = data?.running ?? []
  const queued = data?.queued ?? []
  if (running.length + queued.length === 0) return null
  const said = [
    ...(running.length > 0 ? [`${running.length} running`] : []),
    ...(queued.length > 0 ? [`${queued.length} queued`] : []),
  ].join(', ')
  return (
    <>
      <button type="button" className={styles.open} popoverTarget={id}>
        <span className={styles.pulse} aria-hidden="true" /> {said} <Icon name="more" />
      </button>
      <div id={id} popover="auto" className={styles.list} role="dialog" aria-label="Runs on demand">
        {[...running, ...queued].map((job) => (
          <Line key={job.job_id} job={job} done={done.get(job.job_id) ?? null} />
        ))}
      </div>
    </>
  )
}

/** How many calls of each run are over, as events tell. */
function useDone(): ReadonlyMap<string, number> {
  const [done, setDone] = useState<ReadonlyMap<string, number>>(new Map())
  useEffect(
    () => onLive(({ run_id, n_done }) => setDone((before) => new Map(before).set(run_id, n_done))),
    [],
  )
  return done
}

function Line({ job, done }: { job: Job; done: number | null }) {
  const { isAdmin } = useSession()
  const queries = useQueryClient()
  const cancel = useMutation({
    mutationFn: () => send('POST', '/api/v1/benchmarks/{id}/cancel', { params: { id: job.job_id } }),
    onError: ({ message }) => tell(`It could not be cancelled: ${message}`),
    onSettled: () => queries.invalidateQueries({ queryKey: jobsQuery.queryKey }),
  })
  const place = job.place === null ? '' : `, number ${job.place} in the queue`
  const calls = done === null ? plural(job.n_probes, 'call') : `${done} of ${plural(job.n_probes, 'call')}`
  const why = isAdmin ? (cancel.isPending ? 'It is being cancelled' : null) : 'Sign in to cancel it'
  return (
    <div className={styles.line}>
      <div>
        <strong>{list(job.models)}</strong>
        <span>
          {job.mode}, {calls}
          {place}
        </span>
      </div>
      <Button why={why} onClick={() => cancel.mutate()}>
        {cancel.isPending ? 'Cancelling' : 'Cancel'}
      </Button>
    </div>
  )
}
