import { once } from 'node:events'
import { exitCode } from './exit-code.ts'

/**
 * Ctrl-C in steps: the first asks to stop, the second to drop the work in hand too, the third exits the
 * process.
 */
export interface Stop {
  /** Nothing new may start. */
  stop: AbortSignal
  /** The work in hand must stop now. */
  abort: AbortSignal
}

/** Messages for the first two steps. */
interface Announcement {
  stderr: NodeJS.WriteStream
  finishing: string
  dropping: string
}

/** The messages of a command that runs probes. */
export const probeAnnouncement = (stderr: NodeJS.WriteStream): Announcement => ({
  stderr,
  finishing: 'finishing the probe in hand, then closing the run; press again to abort it',
  dropping: 'aborting the probe in hand; press again to exit at once',
})

const signals = ['SIGINT', 'SIGTERM'] as const

/**
 * Signals closer together than this, in ms, count as one: the parent process may forward a key press that we
 * got too.
 */
const samePressMs = 300

/** Runs an action that SIGINT and SIGTERM ask to stop, instead of killing the process. */
export async function stoppable<Output>(
  action: (stop: Stop) => Promise<Output>,
  announcement: Announcement | null = null,
): Promise<Output> {
  const stop = new AbortController()
  const abort = new AbortController()
  let last = -Infinity
  const onSignal = () => {
    const again = performance.now() - last < samePressMs
    last = performance.now()
    if (again) return
    if (abort.signal.aborted) process.exit(exitCode.interrupted)
    const [step, text] = stop.signal.aborted
      ? [abort, announcement?.dropping]
      : [stop, announcement?.finishing]
    if (text !== undefined) announcement?.stderr.write(`\n${text}\n`)
    step.abort()
  }
  for (const signal of signals) process.on(signal, onSignal)
  try {
    return await action({ stop: stop.signal, abort: abort.signal })
  } finally {
    for (const signal of signals) process.off(signal, onSignal)
  }
}

/** Resolves when a signal asks to stop. */
export const stopSignal = (): Promise<void> =>
  stoppable(async ({ stop }) => {
    await once(stop, 'abort')
  })
