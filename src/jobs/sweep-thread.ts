import { parentPort } from 'node:worker_threads'
import { answerWith } from '../probe/ask-thread.ts'
import { makeOfSweeps, type SweepTask } from './sweep-tasks.ts'

// The thread of in-sweep-thread.ts: it answers every question with what its task makes of the input.
parentPort?.on('message', ({ id, task, input }: { id: number; task: SweepTask; input: unknown }) => {
  answerWith(id, makeOfSweeps(task, input))
})
