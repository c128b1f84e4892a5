import type { App } from './app.ts'

/** Lets one wait until it is rung, everything is to stop or a time is over; a ring before is not forgotten. */
export function openBell(sleep: App['sleep'], stop: AbortSignal) {
  let rung = Promise.withResolvers<void>()
  const ring = () => rung.resolve()
  if (stop.aborted) ring()
  else stop.addEventListener('abort', ring, { once: true })
  return {
    ring,
    wait: async (ms: number) => {
      await Promise.race([rung.promise, sleep(ms)])
      rung = Promise.withResolvers()
    },
  }
}
