import { Worker } from 'node:worker_threads'
import { lazyThread } from '../probe/lazy-thread.ts'
import { loadTokenizer } from '../probe/tokenizer.ts'
import { type Filler, type FillerOrder, makeFiller } from './filler.ts'

// Node's own type stripping is its only loader; it needs no environment.
const ask = lazyThread(
  () => new Worker(new URL('./filler-thread.ts', import.meta.url), { execArgv: [], env: {}, name: 'filler' }),
)

/**
 * Makes filler in a thread of its own: loading the tokenizer takes 0.5 to 2 s and a million tokens 0.3 s, which would
 * stop the clock of the calls in progress. In this thread if no other can be started (a bundle without its file).
 */
export async function fill(order: FillerOrder): Promise<Filler> {
  try {
    return (await ask(order)) as Filler
  } catch {
    return makeFiller(order, await loadTokenizer())
  }
}
