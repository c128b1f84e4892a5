import { startSyntheticWorker } from '../../src/synthetic/worker.ts'
import { atLeast, atMost, round } from '../goals.ts'
import type { Part } from '../parts.ts'
import { sweepOf } from './sweeps.ts'

// A server that stands still for a second while it answers 20 requests a second in 30 ms each, without a limit of how many
// at once: in less than the gap between two, so that none is in flight when it stops. Of 600 that are due evenly the pause
// touches 20, whose latencies are 1,030, 980, ... 80: the 99th percentile is 730.5 ms. A closed loop sends nothing
// meanwhile, so that it meets a pause once for each client.
const answerMs = 30
const options = { ttftMs: answerMs, frames: 1 }
const pauseMs = 1000

/** The 99th percentile of latency in an open and in a closed loop, each of a server that stands still once. */
export const pause: Part = async ({ cwd, short }) => {
  const total = short ? 100 : 600
  const touched = 20
  const warmups = { open: 10, closed: 4 }
  const p99Of = async (loop: keyof typeof warmups, load: readonly string[]) => {
    const request = warmups[loop] + Math.floor(total / 3)
    const server = await startSyntheticWorker({ options, pause: { request, ms: pauseMs } })
    const swept = await sweepOf(server.url, [...load, '--total', String(total), '--no-save'], cwd)
    await server.close()
    const { from_scheduled: due, from_sent: sent } = swept.levels[0]?.report ?? {}
    return (due ?? sent)?.total_latency_ms.p99?.value ?? NaN
  }
  const open = await p99Of('open', ['--rate', '20'])
  const closed = await p99Of('closed', ['--concurrency', '4'])
  // Interpolated between the values that are the place-th and the next from the top, as of all percentiles.
  const place = (total - 1) * 0.01
  const truth = pauseMs + answerMs - 50 * place
  return {
    figures: [
      { loop: 'open, 20/s', n: total, touched, 'p99 ms': round(open), 'by arithmetic ms': round(truth) },
      {
        loop: 'closed, 4 clients',
        n: total,
        touched: 4,
        'p99 ms': round(closed),
        'by arithmetic ms': answerMs,
      },
    ],
    goals: [
      atLeast('open loop: p99 by arithmetic', 0.95, open / truth),
      atMost('open loop: p99 by arithmetic', 1.05, open / truth),
      // Four touched of 600 are under one percent: it is blind, and its report says so.
      ...(short ? [] : [atMost('closed loop: p99 is blind, ms', 150, closed)]),
    ],
  }
}
