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
const { sdks, env, egressAllow } = workerData as ThreadData
const abort = new AbortController()
await warmUp(sdks)
const parts = {
  clock: systemClock,
  lag: startLagMonitor(systemClock),
  signal: abort.signal,
  env,
  egressAllow,
}
const jobs = { measure: probe, lateness: measureLateness }
parentPort?.on('message', (message: PoolMessage) => {
  if (message === 'abort') {
    abort.abort()
    return
  }
  const { id, job, call } = message
  answerWith(id, jobs[job](call, parts))
})
parentPort?.postMessage('ready')
