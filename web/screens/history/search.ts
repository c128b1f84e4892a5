import { isDay } from '../../format/time.ts'
import { mostPicks } from '../../ui/picked.ts'

/** Statuses by which the list is filtered; `gap` shows what did not run. */
export const statuses = ['finished', 'running', 'queued', 'cancelled', 'abandoned', 'gap'] as const
export const modes = ['scheduled', 'single', 'multi', 'concurrent', 'comparison', 'sweep'] as const
export const triggers = ['cron', 'manual', 'api'] as const

/** What the URL says of the list of runs; what is usual is left out of it. */
export interface HistorySearch {
  /** Words of the names, the status, the providers and models, the kinds of errors or the id of a run. */
  q?: string
  provider?: string
  mode?: (typeof modes)[number]
  trigger?: (typeof triggers)[number]
  status?: (typeof statuses)[number]
  /** Days in the zone of the viewer, both inclusive. */
  since?: string
  until?: string
  /** Runs that are chosen to be compared: at most two. */
  pick?: string[]
}

const oneOf = <Name extends string>(names: readonly Name[], given: unknown): Name | undefined =>
  names.find((name) => name === given)

const textOf = (given: unknown): string | undefined => {
  const text = typeof given === 'number' ? String(given) : given
  return typeof text === 'string' && text !== '' ? text : undefined
}

const dayOf = (given: unknown): string | undefined =>
  typeof given === 'string' && isDay(given) ? given : undefined

/** The search of a URL, without what this screen does not know. */
export function historySearch(given: Record<string, unknown>): HistorySearch {
  const picked = (Array.isArray(given['pick']) ? given['pick'] : []).filter((id) => typeof id === 'string')
  return known({
    q: textOf(given['q']),
    provider: textOf(given['provider']),
    mode: oneOf(modes, given['mode']),
    trigger: oneOf(triggers, given['trigger']),
    status: oneOf(statuses, given['status']),
    since: dayOf(given['since']),
    until: dayOf(given['until']),
    pick: picked.length === 0 ? undefined : picked.slice(0, mostPicks),
  })
}

/** Whether the list is filtered. */
export const isFiltered = (search: HistorySearch): boolean =>
  Object.entries(search).some(([name, value]) => name !== 'pick' && value !== undefined)

/** Changes of a search: what is undefined leaves it. */
export type Change = { [Name in keyof HistorySearch]: HistorySearch[Name] | undefined }

/** A search without what is not set. */
export const known = (search: Change): HistorySearch =>
  Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined && value !== ''))
