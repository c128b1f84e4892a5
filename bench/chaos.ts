import { parseArgs } from 'node:util'
import { chaos, type ChaosOptions } from './chaos/chaos.ts'
import { type Goal, printBench } from './goals.ts'

// A scheduler whose process is killed and stopped, and whose database is killed and unreachable, at random moments
// of a seed: every slot has to have a run or a missed row that says why, every probe one result or a reason, and only a
// kill may cost a call.
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    seconds: { type: 'string', default: '120' },
    store: { type: 'string', multiple: true, default: ['embedded', 'postgres'] },
    json: { type: 'boolean', default: false },
  },
})
const figures: Record<string, unknown>[] = []
const goals: Goal[] = []
for (const store of values.store as ChaosOptions['store'][]) {
  const seed = Number(values.seed)
  process.stderr.write(`${store}, seed ${seed}, ${values.seconds} s of disturbances\n`)
  const { disturbances, ...outcome } = await chaos({ store, seed, seconds: Number(values.seconds) })
  figures.push({ store, seed, ...outcome, ...disturbances })
  const { slots: _, results: __, calls: ___, kills, unrecorded, ...faults } = outcome
  for (const [name, count] of Object.entries(faults))
    goals.push({ name: `${store}: ${name}`, limit: '0', measured: count, holds: count === 0 })
  goals.push({
    name: `${store}: calls without a result`,
    limit: `<= ${kills} kills`,
    measured: unrecorded,
    holds: unrecorded <= kills,
  })
}
printBench({ name: 'chaos', figures, goals })
