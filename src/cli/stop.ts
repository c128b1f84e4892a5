import { once } from 'node:events'
import { exitCode } from './exit-code.ts'

/** Ctrl-C, in steps: the first asks to stop, the second also to drop the work in hand, the third ends the process. */
export interface Stop {
  /** Nothing further may begin. */
  stop: AbortSignal
  /** The work in hand must end now. */
  abort: AbortSignal
}

/** What is printed at the first two steps, and where. */
interface Announcement {
  stderr: NodeJS.WriteStream
  finishing: string
  dropping: string
}

/** How a command is stopped that makes probes. */
export const probeAnnouncement = (stderr: NodeJS.WriteStream): Announcement => ({
  stderr,
  finishing: 'finishing the probe in hand, then closing the run; once more to stop it too',
  dropping: 'stopping the probe in hand; once more to leave at once',
})

const signals = ['SIGINT', 'SIGTERM'] as const

/** Signals closer together than this, in ms, are one: a key press may also be passed on by whoever started us. */
const samePressMs = 300

/** Runs something that SIGINT and SIGTERM ask to stop instead of ending the process on the spot. */
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

/** Waits until a signal asks to stop. */
export const stopSignal = (): Promise<void> =>
  stoppable(async ({ stop }) => {
    await once(stop, 'abort')
  })
