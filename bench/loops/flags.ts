import type { Truth } from '../accuracy/truth.ts'
import { atLeast, atMost, type Goal, median, round } from '../goals.ts'
import { ask } from './clients.ts'
import { protect, startNeighbours } from './neighbours.ts'

// Whether `ok` may be believed beside neighbours that take the CPU: how many of the calls so judged had a first
// token that was late nevertheless, and how many of the others had one.
const repetitions = 5
/** Later than this is off, in ms. */
const offMs = 1.5

/** One repetition. */
interface Flagging {
  ok: number
  okOff: number
  flagged: number
  flaggedOff: number
}

/** Judges 400 calls a repetition. */
export async function measureFlags(truth: Truth): Promise<Flagging[]> {
  protect(truth.pid)
  const all: Flagging[] = []
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    const end = startNeighbours()
    const { judged } = await ask(truth, 'firsttoken', { kind: 'flag' }).finally(end)
    const off = judged.filter(({ lateMs }) => lateMs > offMs)
    const ok = judged.filter((call) => call.ok)
    const okOff = off.filter((call) => call.ok).length
    all.push({
      ok: ok.length,
      okOff,
      flagged: judged.length - ok.length,
      flaggedOff: off.length - okOff,
    })
  }
  return all
}

/** The repetitions as a table. */
export const flagFigures = (all: readonly Flagging[]): Record<string, unknown>[] =>
  all.map(({ ok, okOff, flagged, flaggedOff }) => ({
    what: 'beside busy neighbours: calls',
    ok,
    [`ok, first token > ${offMs} ms off`]: okOff,
    flagged,
    [`flagged, > ${offMs} ms off`]: flaggedOff,
    precision: round(flaggedOff / flagged),
    recall: round(flaggedOff / (flaggedOff + okOff)),
  }))

/** What they must show. `ok` calls are counted over all repetitions: in one there are too few for 2 in 1,000. */
export function flagGoals(all: readonly Flagging[]): Goal[] {
  const sum = (count: (one: Flagging) => number) => all.reduce((total, one) => total + count(one), 0)
  return [
    atMost(
      `of 1,000 calls judged ok, first token > ${offMs} ms off`,
      2,
      (1000 * sum(({ okOff }) => okOff)) / sum(({ ok }) => ok),
    ),
    atLeast(
      `of calls not judged ok, first token > ${offMs} ms off, %`,
      60,
      100 * median(all.map(({ flagged, flaggedOff }) => flaggedOff / flagged)),
    ),
  ]
}
