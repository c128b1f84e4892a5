import { counted } from '../core/text.ts'
import { leastToHold } from '../lab/ladder.ts'
import { type AskedSweep, isSought } from './asked-sweep.ts'

// What cannot be asked of a sweep, whoever asks: the command line and the API differ in words alone.

/** What a person says of a sweep that a rule is about. */
export type SweepField =
  | 'concurrency'
  | 'rates'
  | 'trace'
  | 'find'
  | 'most'
  | 'arrivals'
  | 'slots'
  | 'total'
  | 'duration'
  | 'think'
  | 'thinkSpread'
  | 'slo'
  | 'cache'
  | 'outputs'
  | 'promptCategory'
  | 'maxTokens'
  | 'contextTiers'

/** How these are written where they are asked for, such as `--rate` or `rates`. */
export type SweepWords = Readonly<Record<SweepField, string>> & {
  /** Everything that says what the load is, and what of it is an open loop. */
  loads: string
  open: string
}

/** A rule that is broken: by what, null for the whole, and the rest of a sentence that begins with its word. */
export interface BrokenRule {
  field: SweepField | null
  message: string
}

type Rule = readonly [field: SweepField | null, isBroken: boolean, message: string]

/** The rules that a sweep breaks, in the order in which they are to be told. */
export const brokenRules = (asked: AskedSweep, words: SweepWords): BrokenRule[] =>
  [...loadRules(asked, words), ...lengthRules(asked, words), ...workRules(asked, words)]
    .filter(([, isBroken]) => isBroken)
    .map(([field, , message]) => ({ field, message }))

/** Rules for how levels are chosen. */
function loadRules(asked: AskedSweep, words: SweepWords): Rule[] {
  const { concurrency, rates, isTraced, find, most, arrivals, slots, objectives } = asked
  const n = [concurrency, rates, isTraced || null].filter((given) => given !== null).length
  const isList = [concurrency, rates].some((given) => given !== null && given !== 'auto')
  return [
    [null, n > 1 || (n === 0 && find === null), `give one of ${words.loads}`],
    [
      'find',
      find !== null && isList,
      `chooses the levels: leave ${words.concurrency} out, or say ${words.concurrency} auto or ${words.rates} auto`,
    ],
    ['find', find !== null && isTraced, 'chooses the levels, and a trace has its own: leave one of them out'],
    [
      'find',
      find !== null && Object.keys(objectives).length === 0,
      `needs ${words.slo}: what a good request keeps`,
    ],
    [
      'rates',
      rates === 'auto' && find === null,
      `auto needs ${words.find}: an open loop never sends more by itself`,
    ],
    [
      'most',
      most !== null && !isSought(asked),
      `is for ${words.concurrency} auto and ${words.find}: a list says where it ends`,
    ],
    ['arrivals', arrivals !== null && rates === null, `is for ${words.rates}: a closed loop has no arrivals`],
    [
      'slots',
      slots !== null && rates === null && !isTraced,
      `is for ${words.open}: a closed loop has as many as its concurrency`,
    ],
  ]
}

/** Rules for how long levels last, and for pauses in them. */
function lengthRules(asked: AskedSweep, words: SweepWords): Rule[] {
  const { rates, isTraced, find, total, durationS, thinkMs, thinkSpread } = asked
  const least = find === null ? 0 : leastToHold(find)
  return [
    [
      'duration',
      isTraced && durationS !== null,
      `is not for ${words.trace}, which ends with its last request: take ${words.total}`,
    ],
    ['total', total !== null && durationS !== null, `and ${words.duration} exclude each other`],
    [
      'total',
      total !== null && total < least,
      `must be at least ${least}: of ${counted(total ?? 0, 'call')} all may be good and their interval still not be above ${find}`,
    ],
    [
      'think',
      thinkMs !== null && (rates !== null || isTraced),
      `is for ${words.concurrency}: an open loop waits for nobody`,
    ],
    ['thinkSpread', thinkSpread !== null && thinkMs === null, `needs ${words.think}: the mean`],
  ]
}

/** Rules for what the requests say. */
function workRules(asked: AskedSweep, words: SweepWords): Rule[] {
  const { isTraced, cache, outputs, promptCategory, maxTokens, contextTiers } = asked
  const least = Math.min(...(contextTiers ?? [0]))
  const shared = cache?.sharedTokens ?? 0
  const ofLength = [words.cache, words.contextTiers, words.maxTokens].join(', ')
  return [
    ['maxTokens', maxTokens !== null && outputs !== null, `and ${words.outputs} exclude each other`],
    [
      'trace',
      isTraced && [cache, contextTiers, maxTokens, outputs].some((given) => given !== null),
      `says how long prompts and answers are and what they share: leave out ${ofLength} and ${words.outputs}`,
    ],
    [
      'cache',
      shared > least,
      `shares ${shared} tokens of the context, and that of ${least} tokens has less: give ${words.contextTiers} of ${shared} at least`,
    ],
    [
      'cache',
      cache?.cache === 'warm' && promptCategory !== null,
      `warm sends one prompt again and again, and ${words.promptCategory} has several`,
    ],
  ]
}
