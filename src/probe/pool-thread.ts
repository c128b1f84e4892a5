import { parentPort, workerData } from 'node:worker_threads'
import { threadCpuMs } from './cpu.ts'
import { fromShared, systemClock } from '../core/clock.ts'
import { answerWith } from './ask-thread.ts'
import { startLagMonitor } from './lag.ts'
import { measureLateness } from './lateness.ts'
import { lookAt, openLooks } from './live-text.ts'
import type { PoolMessage, ShownTexts, ThreadData, Used } from './measuring-thread.ts'
import { type Call, probe } from './probe.ts'
import { rehearseProbes } from './rehearse-probes.ts'
import { warmUp } from './sdk.ts'
import { openStream, type Stream } from './stream.ts'

// A thread of pool.ts: it warms up before it reports ready, and has its own lag monitor. It ends with its
// pool.
const { sdks, env, egressAllow, lagSpanMs, rehearsals } = workerData as ThreadData
await warmUp(sdks)
const parts = {
  clock: systemClock,
  lag: startLagMonitor(systemClock, lagSpanMs),
  env,
  egressAllow,
}
await rehearseProbes(rehearsals, sdks, parts)
const jobs = { measure: probe, lateness: measureLateness }
/** The calls in progress, each with an abort of its own: runs share a thread. */
const calls = new Map<number, { abort: AbortController; stream: Stream; key: string | null }>()
const looks = openLooks((shown) => parentPort?.postMessage({ shown } satisfies ShownTexts))
parentPort?.on('message', (message: PoolMessage) => {
  if ('abort' in message) {
    calls.get(message.abort)?.abort.abort()
    return
  }
  if ('watch' in message) {
    watch(message)
    return
  }
  const { id, job } = message
  const call = onOwnClock(message.call)
  const abort = new AbortController()
  const stream = openStream()
  calls.set(id, { abort, stream, key: call.provider.key })
  const answer = jobs[job](call, { ...parts, signal: abort.signal, stream }) as Promise<unknown>
  answerWith(
    id,
    answer.finally(() => {
      looks.finish(id)
      calls.delete(id)
    }),
    (): Used => ({ cpuMs: threadCpuMs() }),
  )
})
/** When a call is due comes by a clock that threads share. */
const onOwnClock = (call: Call): Call =>
  call.dueAt === undefined ? call : { ...call, dueAt: fromShared(call.dueAt) }
/** Whoever looks again begins at the beginning. */
function watch({ watch: id, isWatched }: Extract<PoolMessage, { watch: number }>): void {
  const call = calls.get(id)
  if (call === undefined) return
  if (isWatched) looks.begin(id, lookAt(call.stream, call.key))
  else looks.end(id)
}
parentPort?.postMessage('ready')
