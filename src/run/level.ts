import type { Level } from '../core/plan.ts'
import { seededRandom } from '../core/random.ts'
import { dueTimes } from '../lab/arrivals.ts'

/** When the calls of a level are due, warm-ups among them, in ms after it began; none in a closed loop. */
export const dueOf = ({ load, warmups, total }: Pick<Level, 'load' | 'warmups' | 'total'>): number[] =>
  'rate' in load ? dueTimes(load, warmups + total, seededRandom(load.seed ?? 0)) : []
