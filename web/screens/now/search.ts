import { type StateName, states } from '../../ui/states.ts'

const sorts = ['state', 'name', 'ttft', 'tps', 'latency', 'cost', 'uptime'] as const
export type SortName = (typeof sorts)[number]

/** What the URL says of the screen; what is usual is left out of it. */
export interface NowSearch {
  /** A part of the name of a provider or model. */
  q?: string
  state?: StateName
  region?: string
  group?: 'provider' | 'family'
  /** A column; with `-` before it, largest first. */
  sort?: SortName | `-${SortName}`
}

/** The search of a URL, without what this screen does not know. */
export function nowSearch(given: Record<string, unknown>): NowSearch {
  const { q, state, region, group, sort } = given
  // A part of a name may look like a number: the router reads it as one.
  const text = typeof q === 'number' ? String(q) : q
  const isSort = typeof sort === 'string' && sorts.some((name) => sort === name || sort === `-${name}`)
  return {
    ...(typeof text === 'string' && text !== '' && { q: text }),
    ...(states.includes(state as StateName) && { state: state as StateName }),
    ...(typeof region === 'string' && region !== '' && { region }),
    ...((group === 'provider' || group === 'family') && { group }),
    ...(isSort && { sort: sort as `-${SortName}` }),
  }
}
