import { Worker } from 'node:worker_threads'
import { tokenize } from './tokenizer.ts'

/** Texts to count. */
export interface CountQuestion {
  id: number
  texts: readonly string[]
}

interface CountAnswer {
  id: number
  counts: number[]
}

/** The thread that counts, and who waits for it. It is started when first needed, and ends with the process. */
interface Counter {
  worker: Worker
  waiting: Map<number, PromiseWithResolvers<number[]>>
}

let counter: Counter | null = null
let next = 0

/**
 * The tokens of each text, counted in a thread of its own: loading the tokenizer would stop the clock of the
 * calls in progress for 0.5 to 2 s. In this thread if no other can be started (a bundle without its file).
 */
export async function countTokens(texts: readonly string[]): Promise<number[]> {
  counter ??= startCounter()
  const { worker, waiting } = counter
  const id = (next += 1)
  const answer = Promise.withResolvers<number[]>()
  waiting.set(id, answer)
  // Who waits keeps the process alive; the idle thread does not.
  worker.ref()
  worker.postMessage({ id, texts } satisfies CountQuestion)
  try {
    return await answer.promise
  } catch {
    return tokenize(texts)
  } finally {
    waiting.delete(id)
    if (waiting.size === 0) worker.unref()
  }
}

function startCounter(): Counter {
  // Node's own type stripping is its only loader; it needs no environment.
  const worker = new Worker(new URL('./token-thread.ts', import.meta.url), {
    execArgv: [],
    env: {},
    name: 'tokens',
  })
  const waiting: Counter['waiting'] = new Map()
  worker.on('message', ({ id, counts }: CountAnswer) => waiting.get(id)?.resolve(counts))
  const fail = (error: unknown) => {
    for (const { reject } of waiting.values()) reject(error)
    if (counter?.worker === worker) counter = null
  }
  worker.on('error', fail)
  worker.on('exit', () => {
    fail(new Error('the thread that counts tokens ended'))
  })
  return { worker, waiting }
}
