/** How a component is, from the best: each word is shown beside a shape, so that nobody depends on the colour. */
export const statuses = [
  'operational',
  'no_data',
  'maintenance',
  'slow',
  'errors',
  'partial_outage',
  'outage',
] as const
export type Status = (typeof statuses)[number]

/** How components are, in words. */
export const statusNames: Readonly<Record<Status, string>> = {
  operational: 'Operational',
  no_data: 'No data',
  maintenance: 'Maintenance',
  slow: 'Slow',
  errors: 'Errors',
  partial_outage: 'Partial outage',
  outage: 'Outage',
}

/** Those that are a problem of the provider. */
export const isProblem = (status: Status): boolean => statuses.indexOf(status) >= statuses.indexOf('slow')

/** The worst of some; without any there is no data. */
export const worstOf = (given: readonly Status[]): Status =>
  given.reduce<Status>(
    (worst, each) => (statuses.indexOf(each) > statuses.indexOf(worst) ? each : worst),
    given[0] ?? 'no_data',
  )

/** The one noun of a count: `1 model`, `2 models`. */
export const counted = (n: number, noun: string): string =>
  `${n.toLocaleString('en-US')} ${noun}${n === 1 ? '' : 's'}`

/** Names in a sentence. */
export const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`

/** How long something lasted, in its two largest units. */
export function durationText(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000))
  if (minutes === 0) return 'less than a minute'
  const parts = [
    [Math.floor(minutes / 1440), 'day'],
    [Math.floor(minutes / 60) % 24, 'h'],
    [minutes % 60, 'min'],
  ] as const
  const first = parts.findIndex(([n]) => n > 0)
  return parts
    .slice(first, first + 2)
    .filter(([n]) => n > 0)
    .map(([n, unit]) => (unit === 'day' ? counted(n, 'day') : `${n} ${unit}`))
    .join(' ')
}

const text = (options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', ...options })
const dayFormat = text({ day: 'numeric', month: 'short' })
const longDayFormat = text({ day: 'numeric', month: 'long', year: 'numeric' })
const timeFormat = text({ hour: '2-digit', minute: '2-digit' })

/** `29 Nov`, in UTC, as all of these. */
export const dayText = (at: Date): string => dayFormat.format(at)
/** `29 November 2026` */
export const longDayText = (at: Date): string => longDayFormat.format(at)
/** `04:47` */
export const timeText = (at: Date): string => timeFormat.format(at)
/** `29 Nov, 04:47` */
export const momentText = (at: Date): string => `${dayText(at)}, ${timeText(at)}`
