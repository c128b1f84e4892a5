import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { AlarmRate, MeasuredAlarms } from '../src/alerts/page.ts'
import { failingChecks } from './alarms/down.ts'
import { falseDrifts, findDrifts } from './alarms/drift.ts'
import { noises } from './alarms/noise.ts'
import { replaySeries } from './alarms/series.ts'
import { falseOpens, findSteps, longStep, methodNames } from './alarms/slow.ts'
import { atLeast, atMost, type Goal, printBench, round } from './goals.ts'

// How often the rules of src/alerts are wrong, and how long they need: the very functions, over made-up TTFT that
// resembles the one before, swings over the day, differs from day to day and has a tail. Beside what others alarm by.
// The series are seeded, so every run gives the same figures. `--write` keeps them for docs/alerts.md. With
// `--series FILE` (time,target,ms) they judge what was recorded.
const { values: flags } = parseArgs({
  options: { json: { type: 'boolean' }, write: { type: 'boolean' }, series: { type: 'string' } },
})

const targets = 400
const days = 30
const trials = 1000
const weeks = 5000
const factors = [1.5, 2, 3] as const
const [first] = methodNames

type Measured = Omit<MeasuredAlarms, 'measuredOn' | 'command'>

function measure(): Measured {
  const slow = Object.values(noises).flatMap((noise) => {
    const { rates, spread } = falseOpens(noise, { targets, days })
    const steps = factors.map((factor) => ({ factor, found: findSteps(noise, factor, trials) }))
    return methodNames.map((method, index) => ({
      noise: noise.name,
      spread,
      method,
      opens: rates[index] ?? { perDay: NaN, low: NaN, high: NaN },
      steps: steps.map(({ factor, found }) => ({ factor, ...(found[index] ?? { share: NaN, hours: NaN }) })),
    }))
  })
  const long = Object.values(noises).map((noise) => ({
    noise: noise.name,
    ...longStep(noise, 2, { trials: 200, days: 12 }),
  }))
  const rising = (percent: number) => (day: number) => (1 + percent / 100) ** Math.max(0, day + 1)
  const drift = Object.values(noises).map((noise) => ({
    noise: noise.name,
    weeks,
    opened: falseDrifts(noise, weeks),
    step: findDrifts(noise, { trials: 300, days: 28, factorOf: (day) => (day < 0 ? 1 : 1.3) }),
    one: findDrifts(noise, { trials: 300, days: 28, factorOf: rising(1) }),
    two: findDrifts(noise, { trials: 300, days: 28, factorOf: rising(2) }),
  }))
  const failures = [0.005, 0.01].map((share) => {
    const [down, errors] = failingChecks(share, { targets: 2000, days: 30, kinds: ['down', 'errors'] })
    if (down === undefined || errors === undefined) throw new Error('two kinds were counted')
    return { share, down, errors }
  })
  return { noises: Object.values(noises), slow, long, drift, failures }
}

const percent = (share: number) => `${round(100 * share)} %`
const between = ({ perDay, low, high }: AlarmRate) => `${round(perDay)} (${round(low)} to ${round(high)})`
const afterDays = ({ share, days: day }: { share: number; days: number | null }) =>
  day === null ? percent(share) : `${percent(share)} day ${day}`

/** `opens`: a day with 50 targets, with the 95 % interval, while nothing is wrong. */
const figuresOf = ({ slow, long, drift, failures }: Measured): Record<string, unknown>[] => [
  ...slow.map(({ noise, spread, method, opens, steps }) => ({
    rule: 'slow',
    noise: `${noise}, p95/p50 ${round(spread)}`,
    method,
    opens: between(opens),
    finds: steps.map(({ factor, share, hours }) => `x${factor} ${percent(share)} ${hours} h`).join(', '),
  })),
  ...long.map(({ noise, incidents, open }) => ({
    rule: 'slow',
    noise,
    method: first,
    finds: `x2 for 12 days: ${round(incidents)} incidents, open for ${percent(open)}`,
  })),
  ...drift.map(({ noise, opened, step, one, two }) => ({
    rule: 'drift',
    noise,
    opens: `${opened} in ${weeks} target-weeks`,
    finds: `x1.3 ${afterDays(step)}, +2 %/day ${afterDays(two)}, +1 %/day ${afterDays(one)}`,
  })),
  ...failures.flatMap(({ share, down, errors }) =>
    Object.entries({ down, errors }).map(([rule, opens]) => ({
      rule,
      noise: `${percent(share)} of checks fail`,
      opens: between(opens),
    })),
  ),
]

function goalsOf({ slow, drift }: Measured): Goal[] {
  const typical = slow.find(({ noise, method }) => noise === noises.typical.name && method === first)
  const double = typical?.steps.find(({ factor }) => factor === 2)
  const drifts = drift.find(({ noise }) => noise === noises.typical.name)
  return [
    atMost('typical noise: false opens of slow a day, 50 targets', 0.6, typical?.opens.perDay ?? NaN),
    atLeast('typical noise: x2 found within 24 h, %', 92, 100 * (double?.share ?? NaN)),
    atMost('typical noise: median delay of x2, h', 5, double?.hours ?? NaN),
    // None in most: ten times as many are watched.
    atMost('typical noise: false drifts in 500 target-weeks', 0.5, ((drifts?.opened ?? NaN) * 500) / weeks),
  ]
}

if (flags.series === undefined) {
  const measured = measure()
  if (flags.write === true) {
    const about = {
      measuredOn: new Date().toISOString().slice(0, 10),
      command: 'pnpm tsx bench/alarms.ts --write',
    }
    writeFileSync('bench/alarms/measured.json', `${JSON.stringify({ ...about, ...measured }, null, 2)}\n`)
  }
  printBench({ name: 'false and late alarms', figures: figuresOf(measured), goals: goalsOf(measured) })
} else {
  printBench({ name: `alarms over ${flags.series}`, figures: replaySeries(flags.series), goals: [] })
}
