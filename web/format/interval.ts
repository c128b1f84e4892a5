import { span } from './time.ts'

/** How far apart scheduled calls of a target are at least, in minutes; null for every slot, and if no budget thins it. */
export interface Intervals {
  every_minutes: number | null
  thinned_minutes: number | null
}

/** `every 1 h`, `thinned to every 6 h by the budget`; nothing for every slot. */
export const intervalTexts = ({ every_minutes: every, thinned_minutes: thinned }: Intervals): string[] => [
  ...(every === null ? [] : [`every ${span(60_000 * every)}`]),
  ...(thinned === null ? [] : [`thinned to every ${span(60_000 * thinned)} by the budget`]),
]
