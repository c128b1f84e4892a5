import type { Clock } from '../core/clock.ts'
import { isSettling, isUnreachable } from '../store/store.ts'

/** How long a scheduled run waits for an unreachable database before it gives up its slot, in ms. */
export const defaultWaitMs = 30_000

/** What retrying needs; `until` is a `clock.now()`, by default 30 s after the first try. */
interface RetryParts {
  clock: Clock
  sleep: (ms: number) => Promise<unknown>
  until?: number
  /** Ends the wait. */
  stop?: AbortSignal
  /** Which errors may pass; by default those of a database that is unreachable or settling. */
  mayPass?: (error: unknown) => boolean
}

const passes = (error: unknown): boolean => isUnreachable(error) || isSettling(error)

/**
 * Retries a call, with pauses that grow from 1 to 5 s, while its error may pass and time is left. Rejects
 * with the last error.
 */
export async function retryUntil<Output>(
  call: () => Promise<Output>,
  { clock, sleep, until = clock.now() + defaultWaitMs, stop, mayPass = passes }: RetryParts,
): Promise<Output> {
  const stopped = new Promise<void>((resolve) =>
    stop?.addEventListener('abort', () => resolve(), { once: true }),
  )
  const isStopped = () => stop?.aborted === true
  for (let pauseMs = 1000; ; pauseMs = Math.min(2 * pauseMs, 5000)) {
    try {
      return await call()
    } catch (error) {
      if (!mayPass(error) || isStopped() || clock.now() + pauseMs > until) throw error
      await Promise.race([sleep(pauseMs), stopped])
      if (isStopped()) throw error
    }
  }
}
