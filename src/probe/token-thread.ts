import { parentPort } from 'node:worker_threads'
import { answerWith } from './ask-thread.ts'
import { tokenize } from './tokenizer.ts'

// The thread of token-counter.ts: it answers every question with the tokens of each text.
parentPort?.on('message', ({ id, texts }: { id: number; texts: readonly string[] }) => {
  answerWith(id, tokenize(texts))
})
