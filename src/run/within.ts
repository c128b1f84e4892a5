import { setTimeout } from 'node:timers/promises'

/** What a promise comes to within some ms; then it rejects with `late`, and nobody waits for it. */
export async function within<Output>(promise: Promise<Output>, ms: number, late: Error): Promise<Output> {
  const settled = new AbortController()
  const timer = setTimeout(ms, null, { signal: settled.signal }).then(() => {
    throw late
  })
  try {
    return await Promise.race([promise, timer])
  } finally {
    settled.abort()
  }
}
