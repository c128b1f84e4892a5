import { useId } from 'react'
import { ApiProblem } from '../../api/client.ts'
import { useSession } from '../../api/session.ts'
import { span } from '../../format/time.ts'
import { Button } from '../../ui/button.tsx'
import { SignIn } from '../../ui/sign-in.tsx'
import styles from './form.module.css'
import { askedOf, whyNot } from './request.ts'
import { Takes } from './takes.tsx'
import { useBenchmarkSearch } from './use-search.ts'
import { useEstimate, useStart } from './use-start.ts'

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
