import { setTimeout } from 'node:timers/promises'
import { ignoreFailure } from './ignore-failure.ts'
import { type Store, StoreError } from './store.ts'

/**
 * How long a call may still take once everything is to end, in ms. It may have reached the database, and may be
 * repeated: what it was to keep waits on disk instead.
 */
const lastMs = 700

/** Makes a call of the database; rejects with StoreError. */
export type InTime = <Output>(call: () => Promise<Output>) => Promise<Output>

/**
 * Makes calls that end soon after `stop` with an outcome that is unknown, and nobody waits for them. Once one has
 * ended so, the others are not made.
 */
export function hurrying(stop: AbortSignal): InTime {
  const late = new StoreError('timeout', 'interrupted before the database answered')
  let isSilent = false
  return async (call) => {
    if (isSilent) throw late
    const settled = new AbortController()
    try {
      return await Promise.race([call(), lateAfter(stop, late, settled.signal)])
    } catch (error) {
      isSilent ||= error === late
      throw error
    } finally {
      settled.abort()
    }
  }
}

/** Rejects with `late` soon after `stop`, unless it was settled before. */
async function lateAfter(stop: AbortSignal, late: StoreError, settled: AbortSignal): Promise<never> {
  const { promise, resolve } = Promise.withResolvers<void>()
  stop.addEventListener('abort', () => resolve(), { once: true, signal: settled })
  if (stop.aborted) resolve()
  await promise
  await setTimeout(lastMs, null, { signal: settled })
  throw late
}

/** Opens a store all of whose calls are hurried, opening and closing among them. Rejects with StoreError. */
export async function openHurried(
  open: (inTime: InTime) => Promise<Store>,
  stop: AbortSignal,
): Promise<Store> {
  const inTime = hurrying(stop)
  const store = await openInTime(() => open(inTime), inTime)
  const close = async () => {
    const closing = store.close().catch(ignoreFailure)
    await inTime(() => closing).catch(ignoreFailure)
  }
  return { ...store, close }
}

/** Opens a store: that alone is hurried, and one that is open too late is closed. Rejects with StoreError. */
export async function openInTime(open: () => Promise<Store>, inTime: InTime): Promise<Store> {
  const opening = open()
  try {
    return await inTime(() => opening)
  } catch (error) {
    // Nobody waits for it anymore.
    void opening.then(
      (store) => store.close().catch(ignoreFailure),
      () => undefined,
    )
    throw error
  }
}
