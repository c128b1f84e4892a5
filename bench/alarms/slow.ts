import { hourMs } from '../../src/alerts/judgement.ts'
import { rules } from '../../src/alerts/rules.ts'
import type { AlarmRate, Noise } from '../../src/alerts/page.ts'
import { Ledger } from '../../test/support/ledger.ts'
import { median } from '../goals.ts'
import { type Method, ours, peers } from './methods.ts'
import { beginning, perDay, stepMs, ttftOf } from './noise.ts'
import { perDayOf50 } from './rate.ts'
import { Usual } from './usual.ts'

const { windows, ratio, baseline } = rules.slow
const warmUp = baseline.fromDays * perDay
/** Steps begin at any hour, a day or so after alarms were first possible. */
const beforeStep = (seed: number) => perDay + (seed % perDay)

export const methodNames = [
  `${windows.map(({ size, above }) => `${above} of ${size}`).join(' or ')} > p95, ${ratio}x (ours)`,
  ...Object.keys(peers),
]
const methodsOf = (usual: Usual): Method[] => [
  ours(usual),
  ...Object.values(peers).map((make) => make(usual)),
]

/** One target: its samples until it can be judged, then as many as are asked for. */
function* samplesOf(noise: Noise, seed: number, usual: Usual): Generator<{ at: number; ms: number }, never> {
  const values = ttftOf(noise, seed)
  for (let index = 0; ; index += 1) {
    const sample = { at: beginning + index * stepMs, ms: values.next().value }
    if (index < warmUp) usual.see(sample)
    else yield sample
  }
}

/** A method that watches one target, and what came of it. */
interface Watched {
  alarms: Method
  isAlarming: boolean
  opens: number
}
const watchedBy = (usual: Usual): Watched[] =>
  methodsOf(usual).map((alarms) => ({ alarms, isAlarming: false, opens: 0 }))

function see(watched: Watched, at: number, ms: number): void {
  const isAlarming = watched.alarms(at, ms)
  if (isAlarming && !watched.isAlarming) watched.opens += 1
  watched.isAlarming = isAlarming
}

/** How often each method opens although nothing is wrong; and p95 over p50 of what was usual. */
export function falseOpens(
  noise: Noise,
  { targets, days }: { targets: number; days: number },
): { rates: AlarmRate[]; spread: number } {
  const spreads: number[] = []
  const counts = methodNames.map((): number[] => [])
  for (let seed = 1; seed <= targets; seed += 1) {
    const usual = new Usual()
    const samples = samplesOf(noise, seed, usual)
    const methods = watchedBy(usual)
    for (let index = 0; index < days * perDay; index += 1) {
      const { at, ms } = samples.next().value
      usual.see({ at, ms })
      for (const watched of methods) see(watched, at, ms)
    }
    methods.forEach(({ opens }, index) => counts[index]?.push(opens))
    spreads.push(usual.window.percentile(0.95) / usual.window.percentile(0.5))
  }
  return { rates: counts.map((each) => perDayOf50(each, days)), spread: median(spreads) }
}

/** Of steps to so many times the usual: the share that a method finds within a day, and after how many hours. */
export interface Found {
  share: number
  hours: number
}

/** Whether each method finds that a target has become slower. Those that already alarm are left out. */
export function findSteps(noise: Noise, factor: number, trials: number): Found[] {
  const delays = methodNames.map((): number[] => [])
  const tried = methodNames.map(() => 0)
  for (let seed = 1; seed <= trials; seed += 1)
    delaysOf(noise, { factor, seed }).forEach((delay, index) => {
      if (delay === 'alarming') return
      tried[index] = (tried[index] ?? 0) + 1
      if (delay !== 'missed') delays[index]?.push(delay)
    })
  return delays.map((each, index) => ({ share: each.length / (tried[index] ?? 1), hours: median(each) }))
}

/** Hours after which each method alarms of one step. */
function delaysOf(
  noise: Noise,
  { factor, seed }: { factor: number; seed: number },
): (number | 'alarming' | 'missed')[] {
  const usual = new Usual()
  const samples = samplesOf(noise, 1_000_000 + seed, usual)
  const methods = watchedBy(usual)
  const step = beforeStep(seed)
  const next = (slower: number) => {
    const { at, ms } = samples.next().value
    usual.see({ at, ms: slower * ms })
    for (const watched of methods) see(watched, at, slower * ms)
    return methods.map(({ isAlarming }) => isAlarming)
  }
  let before = methods.map(() => false)
  for (let index = 0; index < step; index += 1) before = next(1)
  const after = Array.from({ length: perDay }, () => next(factor))
  return methods.map((_, method) => {
    if (before[method] === true) return 'alarming'
    const found = after.findIndex((alarming) => alarming[method])
    return found === -1 ? 'missed' : (found * stepMs) / hourMs
  })
}

/** A step that lasts for days: how many incidents tell it, and for how much of the time one is open. */
export function longStep(noise: Noise, factor: number, { trials, days }: { trials: number; days: number }) {
  let [incidents, open] = [0, 0]
  for (let seed = 1; seed <= trials; seed += 1) {
    const usual = new Usual()
    const samples = samplesOf(noise, 2_000_000 + seed, usual)
    const ledger = new Ledger()
    const method = ours(usual, { ledger })
    for (let index = 0; index < days * perDay; index += 1) {
      const { at, ms } = samples.next().value
      usual.see({ at, ms: factor * ms })
      if (method(at, factor * ms)) open += 1
    }
    incidents += ledger.incidents.length
  }
  return { incidents: incidents / trials, open: open / (trials * days * perDay) }
}
