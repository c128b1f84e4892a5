/** Does something that SIGINT and SIGTERM ask to stop, rather than end on the spot. */
export async function stoppable<Output>(action: (stop: AbortSignal) => Promise<Output>): Promise<Output> {
  const stop = new AbortController()
  const onSignal = () => stop.abort()
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.on(signal, onSignal)
  try {
    return await action(stop.signal)
  } finally {
    for (const signal of signals) process.off(signal, onSignal)
  }
}
