import { parentPort } from 'node:worker_threads'
import { answerWith } from '../probe/ask-thread.ts'
import { compareSweeps } from '../report/compare-sweeps.ts'
import type { ComparedInThread } from './compare-runs.ts'

// The thread of compare-runs.ts: it answers every question with how two sweeps differ.
parentPort?.on('message', ({ id, before, after, question }: ComparedInThread & { id: number }) => {
  answerWith(id, Promise.resolve(compareSweeps(before, after, question)))
})
