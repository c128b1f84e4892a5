import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ApiProblem } from '../../api/client.ts'
import { jobsQuery, providersQuery } from '../../api/queries.ts'
import { list, plural } from '../../format/words.ts'
import { Ago } from '../../ui/ago.tsx'
import { Button } from '../../ui/button.tsx'
import { Heading } from '../../ui/heading.tsx'
import styles from '../../ui/form.module.css'
import { Models } from '../../ui/models.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Parameters } from './parameters.tsx'
import { mostModels } from './search.ts'
import { Start } from './start.tsx'
import { useBenchmarkSearch, useChange } from './use-search.ts'

/** What to call and how. */
export function Form() {
  const read = useQuery(providersQuery)
  const { data, error } = read
  const { q = '', models = [] } = useBenchmarkSearch()
  const change = useChange()
  const isDenied = error instanceof ApiProblem && error.isDenied
  return (
    <>
      <Heading title="Benchmark" ground={<Latest />} />
      {data === undefined && error !== null && !isDenied ? (
        <section className={styles.failed} role="alert">
          <h2>Failed to load configuration. Check your connection and refresh.</h2>
          <p>{error.message}</p>
          <Button onClick={() => void read.refetch()}>Retry</Button>
        </section>
      ) : (
        <Panel read={read} height={620}>
          {({ rows }) => (
            <div className={styles.form}>
              <Models
                providers={rows}
                chosen={models}
                most={mostModels}
                q={q}
                onSearch={(text) => change({ q: text })}
                onChoose={(choose) =>
                  change(({ models: before = [] }) => {
                    const after = choose(before)
                    return { models: after.length === 0 ? undefined : after }
                  })
                }
              />
              <section className={styles.side} aria-label="Configuration">
                <Parameters />
                <Start />
              </section>
            </div>
          )}
        </Panel>
      )}
    </>
  )
}

/** The run that is at work, else the last one, to open it. */
function Latest() {
  const { data } = useQuery(jobsQuery)
  const jobs = [...(data?.running ?? []), ...(data?.queued ?? []), ...(data?.recent ?? [])]
  const job = jobs.find(({ mode }) => mode !== 'sweep')
  if (job === undefined) return null
  const isOver = job.finished_at !== null
  return (
    <span>
      {isOver ? 'Last run' : job.status === 'queued' ? 'Waiting' : 'Running now'}:{' '}
      <Link from="/benchmark" to="/benchmark" search={(before) => ({ ...before, run: job.job_id })}>
        {list(job.models.slice(0, 2))}
        {job.models.length > 2 && ` and ${job.models.length - 2} more`}
      </Link>
      , {plural(job.n_probes, 'call')}, <Ago at={job.finished_at ?? job.started_at} />
    </span>
  )
}
