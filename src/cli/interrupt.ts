/** Ctrl-C, in steps: the first ends the run after the probe in hand, the second ends that probe too, the third the process. */
export interface Interruption {
  /** No further probe may begin. */
  stop: AbortSignal
  /** The probe in hand must end now. */
  abort: AbortSignal
  close: () => void
}

const signals = ['SIGINT', 'SIGTERM'] as const

/** Signals closer together than this, in ms, are one. */
const samePressMs = 300

/** Listens for SIGINT and SIGTERM and says on `stream` what it does about them. */
export function interruption(stream: NodeJS.WriteStream): Interruption {
  const stop = new AbortController()
  const abort = new AbortController()
  let last = -Infinity
  const onSignal = () => {
    // One key press may come twice: from the terminal, and passed on by whoever started us.
    const again = performance.now() - last < samePressMs
    last = performance.now()
    if (again) return
    if (abort.signal.aborted) process.exit(130)
    if (stop.signal.aborted) abort.abort()
    stream.write(
      stop.signal.aborted
        ? '\nstopping the probe in hand; once more to leave at once\n'
        : '\nfinishing the probe in hand, then closing the run; once more to stop it too\n',
    )
    stop.abort()
  }
  for (const signal of signals) process.on(signal, onSignal)
  return {
    stop: stop.signal,
    abort: abort.signal,
    close: () => {
      for (const signal of signals) process.off(signal, onSignal)
    },
  }
}
