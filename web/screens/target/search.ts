const ranges = ['24h', '7d', '30d', '90d'] as const
export type RangeName = (typeof ranges)[number]

/** What the URL says of the screen; what is usual is left out of it. */
export interface TargetSearch {
  /** How long a time is shown; 24 h without it. */
  range?: RangeName
  /** Where it ends; now without it. */
  until?: string
  /** One region; all without it. */
  region?: string
  /** Charts as tables. */
  view?: 'table'
}

/** The search of a URL, without what this screen does not know. */
export function targetSearch(given: Record<string, unknown>): TargetSearch {
  const { range, until, region, view } = given
  return {
    ...(range !== '24h' && ranges.includes(range as RangeName) && { range: range as RangeName }),
    ...(typeof until === 'string' && /^\d{4}-/.test(until) && !Number.isNaN(Date.parse(until)) && { until }),
    ...(typeof region === 'string' && region !== '' && { region }),
    ...(view === 'table' && { view }),
  }
}

const hourMs = 3_600_000

/** Of each range: its length, the points that its charts have room for, and its name. From 7 days on a step is an hour, from 30 a day. */
export const rangeOf: Readonly<Record<RangeName, { ms: number; width: number; label: string }>> = {
  '24h': { ms: 24 * hourMs, width: 500, label: '24 h' },
  '7d': { ms: 168 * hourMs, width: 170, label: '7 d' },
  '30d': { ms: 720 * hourMs, width: 60, label: '30 d' },
  '90d': { ms: 2160 * hourMs, width: 100, label: '90 d' },
}

export const rangeNames = ranges
