import { parseArgs } from 'node:util'
import { judge } from './fleet/judge.ts'
import { real } from './fleet/real.ts'
import { simulate } from './fleet/simulate.ts'
import { printBench } from './goals.ts'

// A fleet of four worker processes in three regions and five planners, with a real Postgres and the real queue, at 60
// providers that are made up: one worker is killed, one stopped past its lease, the database killed, and clocks of
// planners are wrong. What the providers saw is the judge. Two slots of 30,000 calls take about six minutes.
// `--part real`: six processes of scripts/worker.ts that call a provider over sockets, disturbed at random for `--minutes`.
const { values } = parseArgs({
  options: {
    part: { type: 'string', default: 'simulated' },
    targets: { type: 'string' },
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
    slots: { type: 'string', default: '2' },
    interval: { type: 'string', default: '15' },
    factor: { type: 'string', default: '6' },
    json: { type: 'boolean' },
  },
})
const began = performance.now()
const say = (line: string) =>
  void process.stderr.write(`${Math.round((performance.now() - began) / 1000)} s  ${line}\n`)
const seed = Number(values.seed)
if (values.part === 'real') {
  const targets = Number(values.targets ?? 1000)
  const { figures, goals } = await real({ targets, seed, minutes: Number(values.minutes), say })
  printBench({
    name: `a fleet of real processes: ${targets} targets x 3 regions, seed ${seed}`,
    figures,
    goals,
  })
} else {
  const [targets, slots, minutes, factor] = [
    Number(values.targets ?? 10_000),
    Number(values.slots),
    Number(values.interval),
    Number(values.factor),
  ]
  const { figures, goals } = await simulate({ targets, seed, slots, minutes, factor, safe: true, say }, judge)
  printBench({
    name: `a fleet: ${targets} targets x 3 regions, ${slots} slots, seed ${seed}`,
    figures,
    goals,
  })
}
