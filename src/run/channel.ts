/** Carries events from several workers to one watcher, one at a time. */
export interface Channel<Event> extends AsyncIterable<Event> {
  /**
   * Resolves when the watcher is done with it, so that terminal and log are written before the worker
   * continues.
   */
  push: (event: Event) => Promise<void>
  /** Ends the channel; an error is thrown to the watcher. */
  end: (error?: unknown) => void
}

/** Opens a channel. If the watcher leaves early, workers no longer wait for it. */
export function openChannel<Event>(): Channel<Event> {
  const waiting: { event: Event; done: () => void }[] = []
  const state = { over: false, left: false, error: undefined as unknown, wake: () => undefined as void }
  async function* events(): AsyncGenerator<Event> {
    try {
      while (waiting.length > 0 || !state.over) {
        const next = waiting.shift()
        if (next === undefined) await new Promise<void>((resolve) => (state.wake = resolve))
        else yield* handed(next)
      }
      if (state.error !== undefined) throw state.error
    } finally {
      state.left = true
      for (const { done } of waiting.splice(0)) done()
    }
  }
  return {
    push: (event) =>
      new Promise((done) => {
        if (state.left) return done()
        waiting.push({ event, done })
        state.wake()
      }),
    end: (error) => {
      Object.assign(state, { over: true, error })
      state.wake()
    },
    [Symbol.asyncIterator]: events,
  }
}

/** Yields an event; the watcher is done with it even if it leaves there. */
function* handed<Event>({ event, done }: { event: Event; done: () => void }): Generator<Event> {
  try {
    yield event
  } finally {
    done()
  }
}
