/** The longest interval of a target, in minutes: a day, of which each then has a check. */
export const mostMinutes = 1440

/** An interval of a target as a person writes it: whole minutes, hours, or a day. */
export const everyPattern = /^(([1-9]\d{0,2}|1[0-3]\d\d|14[0-3]\d|1440)m|([1-9]|1\d|2[0-4])h|1d)$/

/** What is said of one that is not. */
export const everyProblem = 'must be an interval such as 15m, 1h, 6h or 1d: a minute to a day'

const minutesOf = { m: 1, h: 60, d: mostMinutes } as const

/** A text of that pattern in minutes. */
export function toMinutes(text: string): number {
  const unit = text.slice(-1) as keyof typeof minutesOf
  return Number(text.slice(0, -1)) * minutesOf[unit]
}

/** Minutes as such a text, in the largest unit of which they are a whole number: `90m`, `6h`, `1d`. */
export function everyText(minutes: number): string {
  const unit = (['d', 'h', 'm'] as const).find((each) => minutes % minutesOf[each] === 0) ?? 'm'
  return `${minutes / minutesOf[unit]}${unit}`
}
