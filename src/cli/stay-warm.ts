import { setFlagsFromString } from 'node:v8'

/**
 * Keeps this process as quick for a request after a quiet minute as for the one before. Once a process has been quiet for eight seconds V8
 * collects its whole heap, to give memory back (src/heap/memory-reducer.h), and after some of those forgets what it had compiled of
 * functions that nobody called meanwhile. With a request now and then that is 50 ms of CPU for each, and code that is slow again.
 */
export function stayWarm(): void {
  setFlagsFromString('--memory-reducer-gc-count=0')
  setFlagsFromString('--no-flush-bytecode')
}
