import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../core/clock.ts'
import { answerWith } from './ask-thread.ts'
import { startLagMonitor } from './lag.ts'
import { measureLateness } from './lateness.ts'
import type { PoolMessage, ThreadData } from './pool.ts'
import { probe } from './probe.ts'
import { warmUp } from './sdk.ts'

// A thread of pool.ts: it warms up before it reports ready, and has its own lag monitor. It ends with its
// pool.
const { sdks, env, egressAllow, lagSpanMs } = workerData as ThreadData
await warmUp(sdks)
const parts = {
  clock: systemClock,
  lag: startLagMonitor(systemClock, lagSpanMs),
  env,
  egressAllow,
}
const jobs = { measure: probe, lateness: measureLateness }
/** The calls in progress, each with an abort of its own: runs share a thread. */
const calls = new Map<number, AbortController>()
parentPort?.on('message', (message: PoolMessage) => {
  if ('abort' in message) {
    calls.get(message.abort)?.abort()
    return
  }
  const { id, job, call } = message
  const abort = new AbortController()
  calls.set(id, abort)
  const answer = jobs[job](call, { ...parts, signal: abort.signal }) as Promise<unknown>
  answerWith(
    id,
    answer.finally(() => calls.delete(id)),
  )
})
parentPort?.postMessage('ready')
