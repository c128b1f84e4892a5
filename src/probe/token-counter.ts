import { Worker } from 'node:worker_threads'
import { lazyThread } from './lazy-thread.ts'
import { tokenize } from './tokenizer.ts'

// Node's own type stripping is its only loader; it needs no environment.
const ask = lazyThread(
  () => new Worker(new URL('./token-thread.ts', import.meta.url), { execArgv: [], env: {}, name: 'tokens' }),
)

/**
 * The tokens of each text, counted in a thread of its own: loading the tokenizer would stop the clock of the
 * calls in progress for 0.5 to 2 s. In this thread if no other can be started (a bundle without its file).
 */
export async function countTokens(texts: readonly string[]): Promise<number[]> {
  try {
    return (await ask({ texts })) as number[]
  } catch {
    return tokenize(texts)
  }
}
