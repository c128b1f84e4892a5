import type { ReactNode } from 'react'
import { ApiProblem } from '../api/client.ts'
import { Ago } from './ago.tsx'
import { Button } from './button.tsx'
import styles from './panel.module.css'
import { SignIn } from './sign-in.tsx'

/** What of a query a panel shows. */
interface Read<Data> {
  data: Data | undefined
  error: Error | null
  isFetching: boolean
  dataUpdatedAt: number
  refetch: () => unknown
}

/** What was read, or why it is not there: loading, nothing yet, refused, failed. Old data stays, and says how old it is. */
export function Panel<Data>({
  read,
  height,
  isEmpty = () => false,
  empty,
  denied = 'Reading is not open to everybody here.',
  children,
}: {
  read: Read<Data>
  /** The height of what comes, in px, so that nothing moves when it does. */
  height: number
  isEmpty?: (data: Data) => boolean
  empty?: ReactNode
  /** Why a token is needed. */
  denied?: string
  children: (data: Data) => ReactNode
}) {
  const { data, error } = read
  // What may not be read any more is not shown either.
  if (data === undefined || isDenied(error)) {
    if (error === null) return <Loading height={height} />
    return <Failed error={error} read={read} denied={denied} />
  }
  return (
    <>
      {error !== null && <Stale error={error} read={read} />}
      {isEmpty(data) ? empty : children(data)}
    </>
  )
}

const isDenied = (error: Error | null): boolean => error instanceof ApiProblem && error.isDenied

/** Lines as high as what comes; they show up after a moment only, so that what is quick does not flicker. */
function Loading({ height }: { height: number }) {
  return (
    <div className={styles.loading} style={{ height }} role="status">
      <span className="hidden">Loading</span>
    </div>
  )
}

function Failed({ error, read, denied }: { error: Error; read: Read<unknown>; denied: string }) {
  if (isDenied(error))
    return (
      <section className={styles.message} aria-label="No permission">
        <h2>This needs a token</h2>
        <p>{denied}</p>
        <SignIn />
      </section>
    )
  return (
    <section className={styles.message} role="alert">
      <h2>{error instanceof ApiProblem && error.isOffline ? 'No answer' : 'This could not be read'}</h2>
      <p>{error.message}</p>
      <Button onClick={() => read.refetch()}>Retry</Button>
    </section>
  )
}

function Stale({ error, read }: { error: Error; read: Read<unknown> }) {
  const at = new Date(read.dataUpdatedAt).toISOString()
  return (
    <p className={styles.stale} role="status">
      As of <Ago at={at} />: {error.message}{' '}
      <Button kind="quiet" onClick={() => read.refetch()}>
        Retry
      </Button>
    </p>
  )
}
