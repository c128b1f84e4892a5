import type { Truth } from '../accuracy/truth.ts'
import { atLeast, atMost, type Goal, median, round } from '../goals.ts'
import { ask } from './clients.ts'
import type { Judged } from './task.ts'
import { protect, startNeighbours } from './neighbours.ts'

// Whether `ok` may be believed beside neighbours that take the CPU: how many of the calls so judged had a first
// token that was late nevertheless, and how many of the others had one.
const repetitions = 5
/** A process each: four times a hundred calls do not take long, and each process calls in turn. */
const processes = 4
/** A first token later than this is off, and so is another token that is later than the limit for it; ms. */
const offMs = 1.5
const othersOffMs = 5

/** One repetition. */
interface Flagging {
  ok: number
  okOff: number
  flagged: number
  flaggedOff: number
  /** Flagged with its first token on time, and another one off. */
  flaggedOthers: number
}

/** Judges 400 calls a repetition. */
export async function measureFlags(truth: Truth): Promise<Flagging[]> {
  protect(truth.pid)
  const all: Flagging[] = []
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    const end = startNeighbours()
    const asked = Array.from({ length: processes }, () => ask(truth, 'firsttoken', { kind: 'flag' }))
    const answers = await Promise.all(asked).finally(end)
    all.push(flagging(answers.flatMap(({ judged }) => judged)))
  }
  return all
}

function flagging(judged: readonly Judged[]): Flagging {
  const count = (is: (call: Judged) => boolean) => judged.filter(is).length
  const isOff = ({ lateMs }: Judged) => lateMs > offMs
  return {
    ok: count(({ ok }) => ok),
    okOff: count((call) => call.ok && isOff(call)),
    flagged: count(({ ok }) => !ok),
    flaggedOff: count((call) => !call.ok && isOff(call)),
    flaggedOthers: count((call) => !call.ok && !isOff(call) && call.othersMs > othersOffMs),
  }
}

/** The repetitions as a table. */
export const flagFigures = (all: readonly Flagging[]): Record<string, unknown>[] =>
  all.map(({ ok, okOff, flagged, flaggedOff, flaggedOthers }) => ({
    what: 'beside busy neighbours: calls',
    ok,
    [`ok, first token > ${offMs} ms off`]: okOff,
    flagged,
    [`flagged, > ${offMs} ms off`]: flaggedOff,
    [`flagged, only others > ${othersOffMs} ms off`]: flaggedOthers,
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
