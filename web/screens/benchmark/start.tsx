import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { type Answer, ApiProblem, send } from '../../api/client.ts'
import { jobsQuery } from '../../api/queries.ts'
import { useSession } from '../../api/session.ts'
import { usd } from '../../format/numbers.ts'
import { span } from '../../format/time.ts'
import { isolated, list, plural, spoken } from '../../format/words.ts'
import { tell } from '../../app/notices.ts'
import { Button } from '../../ui/button.tsx'
import { SignIn } from '../../ui/sign-in.tsx'
import styles from './form.module.css'
import { type Asked, askedOf, randomKey, startKeys, whyNot } from './request.ts'
import { useBenchmarkSearch, useChange } from './use-search.ts'

type Estimated = Answer<'POST /api/v1/benchmarks/comparison/estimate'>

/** What it would take, and the button that starts it: what keeps it from starting stands beside it in words. */
export function Start() {
  const id = useId()
  const search = useBenchmarkSearch()
  const { grant, isAdmin } = useSession()
  const asked = askedOf(search)
  const missing = whyNot(search)
  const estimate = useEstimate(asked, missing === null)
  const start = useStart()
  const refusal = estimate.data?.would_refuse?.detail ?? refusalOf(estimate.error)
  const why = whyOf({ missing, refusal, isPending: start.isPending, grant })
  return (
    <div className={styles.start}>
      {missing === null && estimate.data !== undefined && <Takes {...estimate.data} />}
      <Button
        kind="primary"
        why={why}
        aria-describedby={why === null ? undefined : id}
        onClick={() => start.mutate(asked)}
      >
        {start.isPending ? 'Starting' : 'Run Benchmark'}
      </Button>
      {why !== null && <p id={id}>{why}</p>}
      {grant !== null && !isAdmin && <SignIn />}
      {start.error !== null && (
        <div className={styles.problem} role="alert">
          <p>
            {start.error.message}
            {waitOf(start.error)}
          </p>
          <Button onClick={() => start.mutate(asked)}>Retry</Button>
        </div>
      )}
    </div>
  )
}

function whyOf({
  missing,
  refusal,
  isPending,
  grant,
}: {
  missing: string | null
  refusal: string | null
  isPending: boolean
  grant: string | null
}): string | null {
  if (missing !== null) return missing
  if (isPending) return 'It is being started'
  if (grant !== 'admin') return grant === null ? 'The session is being read' : 'Sign in to run benchmarks'
  return refusal
}

/** A refusal of what was asked; nobody's answer is no reason not to try. */
const refusalOf = (error: Error | null): string | null =>
  error instanceof ApiProblem && error.status === 400 ? error.message : null

const waitOf = (error: Error): string =>
  error instanceof ApiProblem && error.retryAfterS !== null
    ? ` It can be tried again in ${span(error.retryAfterS * 1000)}.`
    : ''

function useEstimate({ mode, body }: Asked, isEnabled: boolean) {
  return useQuery({
    queryKey: [`/api/v1/benchmarks/${mode}/estimate`, body],
    queryFn: ({ signal }) => send('POST', `/api/v1/benchmarks/${mode}/estimate`, { body, signal }),
    enabled: isEnabled,
  })
}

/** Starts a run, which the URL then names. */
function useStart() {
  const queries = useQueryClient()
  const change = useChange()
  const [keys] = useState(() => startKeys(randomKey))
  return useMutation({
    mutationFn: (asked: Asked) =>
      send('POST', `/api/v1/benchmarks/${asked.mode}`, {
        body: asked.body,
        headers: { 'idempotency-key': keys.keyOf(asked) },
      }),
    onSuccess: ({ job_id: run }) => {
      keys.spent()
      void queries.invalidateQueries({ queryKey: jobsQuery.queryKey })
      change({ run })
    },
    onError: ({ message }) => tell(`It was not started: ${message}`),
  })
}

/** What a run would take, and what it would leave out. */
function Takes({
  estimate: { probes, cost_usd, seconds, longest_seconds, unpriced, skipped },
  notes,
}: Estimated) {
  const leftOut = [
    ...Map.groupBy(skipped, ({ model, reason }) => `of ${isolated(model)} left out: ${spoken(reason)}`),
  ]
  const unknown = unpriced.filter(({ is_free: isFree }) => !isFree)
  return (
    <>
      <dl className={styles.takes}>
        <div>
          <dt>Calls</dt>
          <dd>{probes}</dd>
        </div>
        <div title="If every answer is as long as it may be">
          <dt>Cost at most</dt>
          <dd>
            {usd(cost_usd)}
            {unknown.length > 0 && ' + unknown'}
          </dd>
        </div>
        <div title={`At most ${span(longest_seconds * 1000)}`}>
          <dt>Time, about</dt>
          <dd>{span(seconds * 1000)}</dd>
        </div>
      </dl>
      {unknown.length > 0 && (
        <p>No price is known of {list([...new Set(unknown.map(({ model }) => model))])}.</p>
      )}
      {leftOut.map(([about, rows]) => (
        <p key={about}>
          {plural(
            rows.reduce((sum, { n }) => sum + n, 0),
            'call',
          )}{' '}
          {about}
        </p>
      ))}
      {notes.map((note) => (
        <p key={note}>{note}</p>
      ))}
    </>
  )
}
