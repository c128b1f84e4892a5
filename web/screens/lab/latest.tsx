import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { jobsQuery } from '../../api/queries.ts'
import { list } from '../../format/words.ts'
import { Ago } from '../../ui/ago.tsx'

/** What this screen is for, or the sweep that is at work, to open it. */
export function Latest() {
  const { data } = useQuery(jobsQuery)
  const job = [...(data?.running ?? []), ...(data?.queued ?? [])].find(({ mode }) => mode === 'sweep')
  if (job === undefined) return 'loads an endpoint level by level, and says what each level costs in latency'
  return (
    <span>
      {job.status === 'queued' ? 'Waiting' : 'Running now'}:{' '}
      <Link from="/lab" to="/lab" search={(before) => ({ ...before, run: job.job_id })}>
        {list(job.models.slice(0, 2))}
      </Link>
      , <Ago at={job.started_at} />
    </span>
  )
}
