import { parentPort } from 'node:worker_threads'
import type { CountQuestion } from './token-counter.ts'
import { tokenize } from './tokenizer.ts'

// The thread of token-counter.ts: it answers every question with its counts.
parentPort?.on('message', ({ id, texts }: CountQuestion) => {
  void tokenize(texts).then((counts) => parentPort?.postMessage({ id, counts }))
})
