import { startSyntheticWorker } from '../../src/synthetic/worker.ts'
import type { Goal } from '../goals.ts'
import type { Part } from '../parts.ts'
import { sweepOf } from './sweeps.ts'

const cases = [
  // More than a machine of a few cores can send: each request takes a millisecond or two of CPU.
  {
    name: 'a rate beyond this machine',
    options: { ttftMs: 50, frames: 2, delayMs: 5 },
    load: ['--rate', '2000', '--slots', '2000', '--total'],
    totals: { short: 1000, full: 6000 },
    isBound: true,
  },
  {
    name: 'two clients that mostly wait',
    options: { ttftMs: 100, frames: 20, delayMs: 20 },
    load: ['--concurrency', '2', '--total'],
    totals: { short: 8, full: 40 },
    isBound: false,
  },
]

/** Whether a level is called limited by this machine if it is, and only then. */
export const limits: Part = async ({ cwd, short }) => {
  const figures: Record<string, unknown>[] = []
  const goals: Goal[] = []
  for (const { name, options, load, totals, isBound } of cases) {
    const server = await startSyntheticWorker({ options })
    const total = String(short ? totals.short : totals.full)
    const { levels } = await sweepOf(server.url, [...load, total, '--no-save'], cwd)
    await server.close()
    const named = levels[0]?.report.client_limits ?? []
    figures.push({ what: name, n: levels[0]?.report.n, 'client limits': named.join(' ') })
    goals.push({
      name: `${name}: client limits`,
      limit: isBound ? 'some' : 'none',
      measured: named.join(' ') || 'none',
      holds: named.length > 0 === isBound,
    })
  }
  return { figures, goals }
}
