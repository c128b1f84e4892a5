/** Places for answers that are made at the same time. Who finds none free waits, first in first out. */
export interface Slots {
  /** Waits for a place and takes it; what it resolves with frees it again. Rejects with the reason of the signal. */
  enter: (signal: AbortSignal) => Promise<() => void>
}

/** Opens `n` slots. */
export function openSlots(n: number): Slots {
  let free = n
  const waiting = new Set<() => void>()
  const leave = () => {
    const [next] = waiting
    if (next === undefined) free += 1
    else next()
  }
  return {
    enter: async (signal) => {
      signal.throwIfAborted()
      if (free > 0) free -= 1
      else await turn(waiting, signal)
      return leave
    },
  }
}

/** Waits at the end of the line. */
function turn(waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const go = () => {
    waiting.delete(go)
    signal.removeEventListener('abort', giveUp)
    resolve()
  }
  const giveUp = () => {
    waiting.delete(go)
    reject(signal.reason)
  }
  waiting.add(go)
  signal.addEventListener('abort', giveUp, { once: true })
  return promise
}
