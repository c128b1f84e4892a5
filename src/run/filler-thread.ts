import { parentPort } from 'node:worker_threads'
import { answerWith } from '../probe/ask-thread.ts'
import { loadTokenizer } from '../probe/tokenizer.ts'
import { type FillerOrder, makeFiller } from './filler.ts'

// The thread of fill.ts: it answers every question with the filler that was ordered.
parentPort?.on('message', ({ id, ...order }: FillerOrder & { id: number }) => {
  answerWith(
    id,
    loadTokenizer().then((count) => makeFiller(order, count)),
  )
})
