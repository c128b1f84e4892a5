import type { Clock } from '../core/clock.ts'
import { isUnreachable } from '../store/store.ts'

/** A scheduled run waits this long for a database that is away, in ms, before its slot is given up. */
export const patienceMs = 30_000

/** What waiting needs; `giveUpAt` is a `clock.now()`, by default 30 s from the first try. */
interface Patience {
  clock: Clock
  sleep: (ms: number) => Promise<unknown>
  giveUpAt?: number
  /** Ends the waiting. */
  stop?: AbortSignal
}

/** Tries again and again, ever more rarely, while the database is away and there is time. Rejects with the last error. */
export async function patiently<Output>(
  call: () => Promise<Output>,
  { clock, sleep, giveUpAt = clock.now() + patienceMs, stop }: Patience,
): Promise<Output> {
  const stopped = new Promise<void>((resolve) =>
    stop?.addEventListener('abort', () => resolve(), { once: true }),
  )
  for (let pauseMs = 1000; ; pauseMs = Math.min(2 * pauseMs, 5000)) {
    try {
      return await call()
    } catch (error) {
      if (!isUnreachable(error) || clock.now() + pauseMs > giveUpAt) throw error
      await Promise.race([sleep(pauseMs), stopped])
      if (stop?.aborted === true) throw error
    }
  }
}
