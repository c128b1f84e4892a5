import type { SweepInDetail, SweptLevel } from '../../api/sweep-queries.ts'
import { span } from '../../format/time.ts'
import { plural } from '../../format/words.ts'
import { searchIn, searchText } from './found.ts'
import { loadsName } from './view.ts'

/** What was asked for of a sweep, a few words each. */
export function askedWords(levels: readonly SweptLevel[], settings: SweepInDetail['settings']): string[] {
  const { temperature } = settings
  const search = searchIn(settings)
  return [
    loadsName(levels.map(({ load }) => load)),
    ...(search === null ? [] : [searchText(search)]),
    plural(levels.length, 'level'),
    ...lengthOf(levels),
    ...workOf(settings),
    ...(typeof temperature === 'number' ? [`temperature ${temperature}`] : []),
  ]
}

/** How long each level lasts, if that is one for all, and how its clients pause. */
function lengthOf(levels: readonly SweptLevel[]): string[] {
  const [first] = levels
  if (first === undefined) return []
  const { load, total, duration_ms: lasts } = first
  const isAlike = levels.every((level) => level.total === total)
  const pause = 'concurrency' in load ? load.think_ms : undefined
  return [
    ...(lasts === undefined ? (isAlike ? [`${plural(total, 'call')} each`] : []) : [`${span(lasts)} each`]),
    ...(pause === undefined ? [] : [`pauses of ${pause} ms`]),
  ]
}

/** What requests say, as far as it is not one prompt with a beginning of its own. */
function workOf({ max_tokens: tokens, work }: SweepInDetail['settings']): string[] {
  const { cache, shared_tokens: shared, outputs, prompts } = (work ?? {}) as Work
  return [
    ...(outputs === undefined
      ? typeof tokens === 'number'
        ? [`max ${tokens} tokens`]
        : []
      : [limitsOf(outputs)]),
    ...(cache === 'warm' ? ['warm cache'] : []),
    ...(cache === 'shared' ? [plural(shared ?? 0, 'shared token')] : []),
    ...(prompts === undefined ? [] : [plural(prompts.length, 'prompt')]),
  ]
}

/** What the settings of a run have of it. */
interface Work {
  cache?: string
  shared_tokens?: number
  outputs?: { list: readonly number[] } | { least: number; most: number }
  prompts?: readonly unknown[]
}

/** Limits that fit here are named. */
const mostNamed = 4

function limitsOf(outputs: NonNullable<Work['outputs']>): string {
  const limits = 'list' in outputs ? outputs.list : [outputs.least, outputs.most]
  const isRange = !('list' in outputs) || limits.length > mostNamed
  const named = isRange ? `${Math.min(...limits)} to ${Math.max(...limits)}` : limits.join(', ')
  return `max ${named} tokens`
}
