import { parentPort, type Worker } from 'node:worker_threads'

/** The answer of a thread to the question with this id. */
export type Answer = { id: number; value: unknown } | { id: number; error: unknown }

/** Questions to a thread, and who waits for its answers. */
export interface Questions {
  /**
   * Sends these fields with an id, and `{ abort: id }` if the signal comes before the answer. Rejects with the
   * thread's error, and if the thread ends. `onAsked` is told the id.
   */
  ask: (question: object, signal?: AbortSignal, onAsked?: (id: number) => void) => Promise<unknown>
  /** Gives an answer to who waits for it. */
  settle: (answer: Answer) => void
  /** The thread has ended: everybody who waits is rejected. */
  fail: (error: unknown) => void
  /** How many wait. */
  waiting: () => number
}

/** Asks a thread that answers with `answerWith`. */
export function questionsTo(worker: Worker): Questions {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let next = 0
  return {
    ask: (question, signal, onAsked) => {
      const id = (next += 1)
      const answer = Promise.withResolvers<unknown>()
      // A value that cannot be cloned throws here, before anything waits for an answer.
      worker.postMessage({ id, ...question })
      waiting.set(id, answer)
      onAsked?.(id)
      if (signal === undefined) return answer.promise
      const abort = () => worker.postMessage({ abort: id })
      signal.addEventListener('abort', abort)
      if (signal.aborted) abort()
      return answer.promise.finally(() => signal.removeEventListener('abort', abort))
    },
    settle: (answer) => {
      const asked = waiting.get(answer.id)
      waiting.delete(answer.id)
      if ('error' in answer) asked?.reject(answer.error)
      else asked?.resolve(answer.value)
    },
    fail: (error) => {
      for (const { reject } of waiting.values()) reject(error)
      waiting.clear()
    },
    waiting: () => waiting.size,
  }
}

/** Answers a question, within the thread that was asked; `beside` is told with the answer. */
export function answerWith(id: number, answer: Promise<unknown>, beside: () => object = () => ({})): void {
  answer.then(
    (value) => parentPort?.postMessage({ id, value, ...beside() }),
    (error: unknown) => parentPort?.postMessage({ id, error, ...beside() }),
  )
}
