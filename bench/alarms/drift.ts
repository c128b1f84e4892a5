import { dayMs } from '../../src/alerts/judgement.ts'
import { judgeDrift } from '../../src/alerts/judge-drift.ts'
import { rules } from '../../src/alerts/rules.ts'
import type { DriftWindow, SeenDay } from '../../src/alerts/window.ts'
import { percentile } from '../../src/core/statistics.ts'
import type { Noise } from '../../src/alerts/page.ts'
import { Ledger } from '../../test/support/ledger.ts'
import { quietTarget } from '../../test/support/windows.ts'
import { beginning, perDay, ttftOf } from './noise.ts'

const { scope } = quietTarget
const { recentDays, referenceDays } = rules.drift
/** Days before drift can be judged at all. */
const learningDays = recentDays + referenceDays

/** The days on which drift opens, counted from the first that can be judged, if the TTFT is multiplied by `factorOf` a day. */
function driftsOf(
  noise: Noise,
  { seed, days, factorOf }: { seed: number; days: number; factorOf: (day: number) => number },
): number[] {
  const values = ttftOf(noise, seed)
  const ledger = new Ledger()
  const opened: number[] = []
  let seen: SeenDay[] = []
  for (let index = 0; index < learningDays + days; index += 1) {
    const day = new Date(beginning + index * dayMs)
    const factor = factorOf(index - learningDays)
    const ttftMs = percentile(
      Array.from({ length: perDay }, () => factor * values.next().value),
      0.5,
    )
    seen = [...seen.slice(-44), { day, n: perDay, ttftMs, latencyMs: null, tpotMs: null }]
    // Early on the next day.
    const now = new Date(day.getTime() + dayMs + dayMs / 24)
    const state = { open: ledger.open(scope), past: ledger.past(scope, now), series: 's', days: seen }
    const window: DriftWindow = { ...quietTarget, ...state, now }
    const transitions = judgeDrift(window)
    ledger.apply(transitions, now)
    if (transitions.some((transition) => transition.do === 'open')) opened.push(index + 1 - learningDays)
  }
  return opened
}

/** Drifts of targets that do not change, over so many target-weeks, four weeks each. */
export function falseDrifts(noise: Noise, weeks: number): number {
  let found = 0
  for (let seed = 1; seed <= weeks / 4; seed += 1)
    found += driftsOf(noise, { seed: 3_000_000 + seed, days: 28, factorOf: () => 1 }).length
  return found
}

/** How many targets that become slower are found within so many days, and after how many. */
export function findDrifts(
  noise: Noise,
  { trials, days, factorOf }: { trials: number; days: number; factorOf: (day: number) => number },
): { share: number; days: number | null } {
  const found = Array.from({ length: trials }, (_, trial) => {
    const [first] = driftsOf(noise, { seed: 4_000_000 + trial, days, factorOf })
    return first
  }).filter((day) => day !== undefined)
  return { share: found.length / trials, days: percentile(found, 0.5) }
}
