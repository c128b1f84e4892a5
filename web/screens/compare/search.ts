import type { Period } from '../../api/compare-queries.ts'

export const periods = ['24h', '7d', '30d'] as const satisfies readonly Period[]
/** What is drawn against the price. */
export const speeds = ['tps', 'ttft', 'latency'] as const
export type Speed = (typeof speeds)[number]

/** What the URL says of the screen; what is usual is left out of it. */
export interface CompareSearch {
  /** Ids of targets, in the order of their colours. */
  targets?: string[]
  /** The same model wherever it is served, unless targets are chosen. */
  model?: string
  region?: string
  /** Prompt, limits and settings with which was measured. */
  series?: string
  /** 7 days if it is left out. */
  period?: Period
  speed?: Speed
  /** The chart as a table. */
  view?: 'table'
}

/** At most so many are told apart by their colours. */
export const most = 8

const textOf = (given: unknown): string | undefined => {
  const text = typeof given === 'number' ? String(given) : given
  return typeof text === 'string' && text !== '' ? text : undefined
}

/** The search of a URL, without what this screen does not know. */
export function compareSearch(given: Record<string, unknown>): CompareSearch {
  const list: unknown[] = Array.isArray(given['targets']) ? given['targets'] : []
  const targets = [...new Set(list.filter((id) => typeof id === 'string'))].slice(0, most)
  return known({
    targets: targets.length === 0 ? undefined : targets,
    model: textOf(given['model']),
    region: textOf(given['region']),
    series: textOf(given['series']),
    period: periods.find((period) => period === given['period'] && period !== '7d'),
    speed: speeds.find((speed) => speed === given['speed'] && speed !== 'tps'),
    view: given['view'] === 'table' ? 'table' : undefined,
  })
}

/** Changes of a search: what is undefined leaves it. */
export type Change = { [Name in keyof CompareSearch]: CompareSearch[Name] | undefined }

/** A search without what is not set. */
export const known = (search: Change): CompareSearch =>
  Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined))
