import { percentile } from '../../src/core/statistics.ts'
import { hourMs } from '../../src/alerts/judgement.ts'
import { judgeTarget } from '../../src/alerts/judge-target.ts'
import type { SeenSample } from '../../src/alerts/window.ts'
import { Ledger } from '../../test/support/ledger.ts'
import { quietTarget } from '../../test/support/windows.ts'
import type { Usual } from './usual.ts'

/** Watches one target: whether it is alarming after each sample. */
export type Method = (at: number, ms: number) => boolean

const { scope } = quietTarget

/** The rules of src/alerts. What they open is in the ledger. */
export function ours(
  usual: Usual,
  { ledger = new Ledger(), intervalMs = quietTarget.intervalMs } = {},
): Method {
  let samples: SeenSample[] = []
  return (at, ms) => {
    const now = new Date(at)
    const sample = { at: now, series: 's', ttftMs: ms, latencyMs: ms, tps: null, outputTokens: null }
    samples = [...samples.slice(-23), sample]
    const open = ledger.open(scope)
    const known = { open, past: ledger.past(scope, now), samples, baseline: { ttft: usual.at(at) } }
    const transitions = judgeTarget({ ...quietTarget, now, intervalMs, ...known })
    ledger.apply(transitions, now)
    const [opened] = transitions.flatMap((transition) => (transition.do === 'open' ? [transition] : []))
    if (opened !== undefined) usual.exclude(opened.firstBadAt.getTime())
    else if (open.length > 0) usual.exclude(at)
    return ledger.open(scope).length > 0
  }
}

/** Calls a function with what is usual, and again with what it returned until a day has passed. */
function daily<Result>(usual: Usual, make: () => Result): (at: number) => Result {
  let [made, madeAt]: [Result | null, number] = [null, -Infinity]
  return (at) => {
    usual.at(at)
    if (made === null || at - madeAt >= 24 * hourMs) [made, madeAt] = [make(), at]
    return made
  }
}

/** Median and 1.4826 MAD of the logarithms: as mean and deviation, but of all that is not far out. */
function robust({ window }: Usual): { center: number; spread: number } {
  const logs = window.values.map(Math.log)
  const center = percentile(logs, 0.5) ?? 0
  const off = logs.map((value) => Math.abs(value - center))
  return { center, spread: 1.4826 * (percentile(off, 0.5) ?? 0) }
}

const lambda = 0.2

/** What others alarm by, and textbooks. */
export const peers: Readonly<Record<string, (usual: Usual) => Method>> = {
  'a value > mean + 3 sd': (usual) => {
    const limit = daily(usual, () => usual.window.mean + 3 * usual.window.deviation)
    return (at, ms) => ms > limit(at)
  },
  'a value > 3.5 MAD (log)': (usual) => {
    const scale = daily(usual, () => robust(usual))
    return (at, ms) => {
      const { center, spread } = scale(at)
      return Math.log(ms) - center > 3.5 * spread
    }
  },
  'EWMA .2, 3 sd (log, MAD)': (usual) => {
    const scale = daily(usual, () => robust(usual))
    let mean = 0
    return (at, ms) => {
      const { center, spread } = scale(at)
      mean = lambda * ((Math.log(ms) - center) / spread) + (1 - lambda) * mean
      return mean > 3 * Math.sqrt(lambda / (2 - lambda))
    }
  },
  '3 in a row > 3x median': (usual) => {
    const median = daily(usual, () => usual.window.percentile(0.5))
    let inRow = 0
    return (at, ms) => {
      inRow = ms > 3 * median(at) ? inRow + 1 : 0
      return inRow >= 3
    }
  },
  'p95 of 5 > 3x p95 of 24 h': () => {
    let values: number[] = []
    return (_, ms) => {
      values = [...values.slice(-100), ms]
      const before = values.slice(0, -5)
      if (before.length < 96) return false
      return (percentile(values.slice(-5), 0.95) ?? 0) > 3 * (percentile(before, 0.95) ?? 0)
    }
  },
}
