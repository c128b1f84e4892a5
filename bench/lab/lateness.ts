import { loadavg } from 'node:os'
import { Worker } from 'node:worker_threads'
import { percentile } from '../../src/core/statistics.ts'
import { startSyntheticWorker } from '../../src/synthetic/worker.ts'
import { atMost, type Goal, round } from '../goals.ts'
import { arrivals } from './arrivals.ts'
import { limits } from './limits.ts'
import type { Part } from '../parts.ts'
import { sweepOf } from './sweeps.ts'

const rate = 200

/** How late timers of a thread that does nothing else are, at the same rate, until it is ended: ms. */
function bareTimers(): { end: () => Promise<number[]> } {
  const thread = new Worker(new URL('./bare-timers.ts', import.meta.url), { workerData: rate, execArgv: [] })
  return {
    end: async () => {
      const { promise, resolve } = Promise.withResolvers<number[]>()
      thread.once('message', resolve).postMessage('end')
      const late = await promise
      await thread.terminate()
      return late
    },
  }
}

/** How late a whole sweep sends at 200 requests per second, beside bare timers at the same time. */
async function latenessBesideTimers(cwd: string, short: boolean) {
  const server = await startSyntheticWorker({ options: { ttftMs: 50, frames: 4, delayMs: 5 } })
  const timers = bareTimers()
  const load = ['--rate', String(rate), '--poisson', '--seed', '1', '--total', String(short ? 400 : 3000)]
  const { levels } = await sweepOf(server.url, [...load, '--no-save'], cwd)
  const bare = await timers.end()
  await server.close()
  const { lateness, n, client_limits: named } = levels[0]?.report ?? {}
  return {
    n: n ?? 0,
    sweepP50: lateness?.p50?.value ?? NaN,
    sweepP99: lateness?.p99?.value ?? NaN,
    bareP50: percentile(bare, 0.5) ?? NaN,
    bareP99: percentile(bare, 0.99) ?? NaN,
    named: named?.join(' ') ?? '',
    load: loadavg().map(round).join(' '),
  }
}

/** How late requests are sent, whether they arrive as they were drawn, and whether a busy client is told from an idle one. */
export const lateness: Part = async (setting) => {
  const rounds: Awaited<ReturnType<typeof latenessBesideTimers>>[] = []
  // What else the machine does changes from second to second, and with it the two differently.
  for (let turn = 0; turn < (setting.short ? 1 : 5); turn += 1)
    rounds.push(await latenessBesideTimers(setting.cwd, setting.short))
  const ratio =
    percentile(
      rounds.map(({ sweepP99, bareP99 }) => sweepP99 / bareP99),
      0.5,
    ) ?? NaN
  const rest = [await arrivals(setting), await limits(setting)]
  const goals: Goal[] = [atMost('lateness p99 at 200/s, sweep / bare timers, median of rounds', 1.5, ratio)]
  return {
    figures: [
      ...rounds.map((late) => ({
        what: `lateness at ${rate}/s`,
        n: late.n,
        'sweep p50 ms': round(late.sweepP50),
        'sweep p99 ms': round(late.sweepP99),
        'bare timers p50 ms': round(late.bareP50),
        'bare timers p99 ms': round(late.bareP99),
        'client limits': late.named,
        'load average': late.load,
      })),
      ...rest.flatMap(({ figures }) => figures),
    ],
    goals: [...goals, ...rest.flatMap((each) => each.goals)],
  }
}
