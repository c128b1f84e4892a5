import { Worker } from 'node:worker_threads'
import { type Answer, type Questions, questionsTo } from './ask-thread.ts'

/**
 * Asks a thread that is started when it is first needed, and ends with the process. Rejects with the thread's error,
 * and if no thread can be started (a bundle without its file).
 */
export function lazyThread(start: () => Worker): Questions['ask'] {
  let thread: { worker: Worker; questions: Questions } | null = null
  const open = () => {
    const worker = start()
    const questions = questionsTo(worker)
    worker.on('message', (answer: Answer) => {
      questions.settle(answer)
    })
    const fail = (error: unknown) => {
      questions.fail(error)
      if (thread?.worker === worker) thread = null
    }
    worker.on('error', fail)
    worker.on('exit', () => {
      fail(new Error('the thread ended before it answered'))
    })
    return { worker, questions }
  }
  return async (question) => {
    const { worker, questions } = (thread ??= open())
    // Who waits keeps the process alive; the idle thread does not.
    worker.ref()
    try {
      return await questions.ask(question)
    } finally {
      if (questions.waiting() === 0) worker.unref()
    }
  }
}
