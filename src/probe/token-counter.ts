import { Worker } from 'node:worker_threads'
import { type Answer, type Questions, questionsTo } from './ask-thread.ts'
import { tokenize } from './tokenizer.ts'

/** The thread that counts. It is started when first needed, and ends with the process. */
interface Counter {
  worker: Worker
  questions: Questions
}

let counter: Counter | null = null

/**
 * The tokens of each text, counted in a thread of its own: loading the tokenizer would stop the clock of the
 * calls in progress for 0.5 to 2 s. In this thread if no other can be started (a bundle without its file).
 */
export async function countTokens(texts: readonly string[]): Promise<number[]> {
  counter ??= startCounter()
  const { worker, questions } = counter
  // Who waits keeps the process alive; the idle thread does not.
  worker.ref()
  try {
    return (await questions.ask({ texts })) as number[]
  } catch {
    return tokenize(texts)
  } finally {
    if (questions.waiting() === 0) worker.unref()
  }
}

function startCounter(): Counter {
  // Node's own type stripping is its only loader; it needs no environment.
  const worker = new Worker(new URL('./token-thread.ts', import.meta.url), {
    execArgv: [],
    env: {},
    name: 'tokens',
  })
  const questions = questionsTo(worker)
  worker.on('message', (answer: Answer) => {
    questions.settle(answer)
  })
  const fail = (error: unknown) => {
    questions.fail(error)
    if (counter?.worker === worker) counter = null
  }
  worker.on('error', fail)
  worker.on('exit', () => {
    fail(new Error('the thread that counts tokens ended'))
  })
  return { worker, questions }
}
