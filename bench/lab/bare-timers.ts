import { parentPort, workerData } from 'node:worker_threads'

// A thread of lateness.ts that only sets timers, at so many per second, and says how late they were.
const gapMs = 1000 / (workerData as number)
const late: number[] = []
let at = performance.now() + gapMs
const fire = () => {
  late.push(performance.now() - at)
  at += gapMs
  setTimeout(fire, Math.max(0, at - performance.now()))
}
setTimeout(fire, gapMs)
parentPort?.once('message', () => parentPort?.postMessage(late))
