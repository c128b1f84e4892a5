import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { startTruth } from './accuracy/truth.ts'
import { printBench, round } from './goals.ts'
import { costFigures, costGoals, measureCosts } from './loops/costs.ts'
import { flagFigures, flagGoals, measureFlags } from './loops/flags.ts'

// What measuring costs beside plain loops over the SDKs' streams, each in a process of its own, against a server
// that stamps what it sends; and whether a result knows that its timing is off. The clients alternate: judge the
// ratios.

/** The share of the machine's CPU time that is in use over a second, by everybody. */
async function load(): Promise<number> {
  const times = () =>
    cpus().reduce(
      (sum, { times: { user, nice, sys, idle, irq } }) => ({
        busy: sum.busy + user + nice + sys + irq,
        idle: sum.idle + idle,
      }),
      { busy: 0, idle: 0 },
    )
  const before = times()
  await sleep(1000)
  const after = times()
  const busy = after.busy - before.busy
  return (100 * busy) / (busy + after.idle - before.idle)
}

const truth = await startTruth()
try {
  const before = await load()
  const costs = await measureCosts(truth)
  const between = await load()
  const flags = await measureFlags(truth)
  printBench({
    name: 'beside plain loops',
    figures: [
      {
        what: 'CPU of the machine in use before and in the middle, %',
        before: round(before),
        middle: round(between),
      },
      ...costFigures(costs),
      ...flagFigures(flags),
    ],
    goals: [...costGoals(costs), ...flagGoals(flags)],
  })
} finally {
  await truth.close()
}
