import { isTargetName } from '../../api/starts.ts'

/** The name of the endpoint of one's own, among those of targets. */
export const own = 'own'

/** The most that answer at once. */
export const mostModels = 2

/** What the URL says of the screen. */
export interface ChatSearch {
  /** Who answers: targets as `provider/model`, or `own`. */
  models?: string[]
}

/** The search of a URL, without what this screen does not know. */
export function chatSearch({ models }: Record<string, unknown>): ChatSearch {
  const known = (Array.isArray(models) ? models : []).filter((each) => each === own || isTargetName(each))
  return known.length === 0 ? {} : { models: known.slice(0, mostModels) }
}
