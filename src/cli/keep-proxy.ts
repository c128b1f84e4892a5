import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** A process that was started. */
export interface Started {
  /** How it ended, as the rest of a sentence: `with exit code 2`. */
  ended: Promise<string>
  /** Asks it to end. */
  end: () => void
}

/** How a process is kept. */
interface KeepParts {
  start: () => Started
  now: () => number
  sleep: (ms: number) => Promise<unknown>
  /** Tells a person. */
  say: (text: string) => void
}

/** How long to wait before another start, in ms: twice as long each time, unless it had run for a while. */
const pauses = { first: 1000, most: 60_000 }
const steadyMs = 60_000

/** Starts a process again whenever it ends, until it is told to stop; then it is asked to end, and waited for. */
export async function keepRunning(
  { start, now, sleep, say }: KeepParts,
  { stop, abort }: { stop: AbortSignal; abort: AbortSignal },
): Promise<void> {
  let pauseMs = pauses.first
  while (!stop.aborted) {
    const begun = now()
    const { ended, end } = start()
    for (const signal of [stop, abort]) signal.addEventListener('abort', end)
    const how = await ended
    for (const signal of [stop, abort]) signal.removeEventListener('abort', end)
    if (stop.aborted) return
    if (now() - begun >= steadyMs) pauseMs = pauses.first
    say(`the proxy ended ${how}; it is started again in ${pauseMs / 1000} s`)
    await Promise.race([sleep(pauseMs), once(stop, 'abort')])
    pauseMs = Math.min(2 * pauseMs, pauses.most)
  }
}

/**
 * Starts the proxy as a process with an event loop of its own, which the server's work does not delay. It ends with
 * this one, because the channel between them does.
 */
export function startProxyProcess(flags: readonly string[]): Started {
  const child = fork(join(import.meta.dirname, '../../scripts/proxy.ts'), flags, { stdio: 'inherit' })
  const { promise, resolve } = Promise.withResolvers<string>()
  child.once('error', ({ message }) => resolve(`because it could not be started: ${message}`))
  child.once('exit', (code, signal) => {
    resolve(signal === null ? `with exit code ${code}` : `by ${signal}`)
  })
  return { ended: promise, end: () => void child.kill('SIGTERM') }
}
