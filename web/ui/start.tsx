import { useId } from 'react'
import { type Answer, ApiProblem } from '../api/client.ts'
import { useSession } from '../api/session.ts'
import { span } from '../format/time.ts'
import { Button } from './button.tsx'
import styles from './form.module.css'
import { SignIn } from './sign-in.tsx'
import { Takes } from './takes.tsx'

/** A start as far as it has come. */
interface Starting {
  isPending: boolean
  error: Error | null
}

/** What was found out about a start before it. */
interface Estimating {
  data: Answer<'POST /api/v1/benchmarks/comparison/estimate'> | undefined
  error: Error | null
}

/** What a run would take, and the button that starts it: what keeps it from starting stands beside it in words. */
export function Start({
  label,
  things,
  missing,
  estimate,
  start,
  onStart,
}: {
  label: string
  /** What is started: `benchmarks`. */
  things: string
  /** Why what is chosen cannot be started; null if it can. */
  missing: string | null
  estimate: Estimating
  start: Starting
  onStart: () => void
}) {
  const id = useId()
  const { grant, isAdmin } = useSession()
  const why = missing ?? waitingOf(start, grant, things) ?? refusalOf(estimate)
  return (
    <div className={styles.start}>
      {missing === null && estimate.data !== undefined && <Takes {...estimate.data} />}
      <Button kind="primary" why={why} aria-describedby={why === null ? undefined : id} onClick={onStart}>
        {start.isPending ? 'Starting' : label}
      </Button>
      {why !== null && <p id={id}>{why}</p>}
      {grant !== null && !isAdmin && <SignIn />}
      {start.error !== null && (
        <div className={styles.problem} role="alert">
          <p>
            {start.error.message}
            {waitOf(start.error)}
          </p>
          <Button onClick={onStart}>Retry</Button>
        </div>
      )}
    </div>
  )
}

function waitingOf({ isPending }: Starting, grant: string | null, things: string): string | null {
  if (isPending) return 'It is being started'
  if (grant === 'admin') return null
  return grant === null ? 'The session is being read' : `Sign in to run ${things}`
}

/** A refusal of what was asked; nobody's answer is no reason not to try. */
const refusalOf = ({ data, error }: Estimating): string | null =>
  error instanceof ApiProblem && error.status === 400 ? error.message : (data?.would_refuse?.detail ?? null)

const waitOf = (error: Error): string =>
  error instanceof ApiProblem && error.retryAfterS !== null
    ? ` It can be tried again in ${span(error.retryAfterS * 1000)}.`
    : ''
