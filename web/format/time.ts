// Times are shown in the zone of the viewer; UTC is in the title.

/** Whether a text is a day that there is, in a year with four digits: `2026-11-29`. */
export const isDay = (text: string): boolean =>
  /^[12]\d{3}-\d\d-\d\d$/.test(text) &&
  !Number.isNaN(Date.parse(text)) &&
  new Date(text).toISOString().startsWith(text)

/** Whether a text is a day that there is, or a moment of one with its zone: `2026-11-29T14:02:33Z`. */
export const isMoment = (text: string): boolean =>
  isDay(text.slice(0, 10)) &&
  /^.{10}(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text) &&
  !Number.isNaN(Date.parse(text))

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** How long something lasts or is ago, in one or two units: `4 min`, `3 h 20 min`, `2 d`. */
export function span(ms: number): string {
  if (ms < 10_000) return `${Math.max(0, Math.round(ms / 1000))} s`
  if (ms < 90_000) return `${Math.round(ms / 1000)} s`
  if (ms < 90 * minuteMs) return `${Math.round(ms / minuteMs)} min`
  if (ms < 10 * hourMs) {
    const minutes = Math.round(ms / minuteMs / 5) * 5
    const rest = minutes % 60
    return `${Math.floor(minutes / 60)} h${rest === 0 ? '' : ` ${rest} min`}`
  }
  if (ms < 2 * dayMs) return `${Math.round(ms / hourMs)} h`
  return `${Math.round(ms / dayMs)} d`
}

/** `4 min ago`, up to 48 hours; then the date. A clock that is behind says `now`. */
export function age(at: string | Date, now: Date): string {
  const then = new Date(at)
  const ms = now.getTime() - then.getTime()
  if (ms < 5_000) return 'now'
  return ms <= 2 * dayMs ? `${span(ms)} ago` : day(then, now)
}

/** `12 Nov`, with its year if that is another. */
export function day(at: string | Date, now: Date, timeZone?: string): string {
  const then = new Date(at)
  const isOfThisYear = then.getFullYear() === now.getFullYear()
  return written(then, isOfThisYear ? 'day' : 'dayOfYear', timeZone)
}

/** `14:02`. */
export const clock = (at: string | Date, timeZone?: string): string =>
  written(new Date(at), 'clock', timeZone)

/** `2026-11-29 14:02:33 UTC`: what a title says of every time. */
export const utc = (at: string | Date): string =>
  `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`

/** `Fri`, in the zone of the viewer. */
export const weekday = (at: string | Date): string => written(new Date(at), 'weekday')

const styles = {
  day: { day: 'numeric', month: 'short' },
  dayOfYear: { day: 'numeric', month: 'short', year: 'numeric' },
  clock: { hour: '2-digit', minute: '2-digit' },
  weekday: { weekday: 'short' },
} as const

const formats = new Map<string, Intl.DateTimeFormat>()

/** A format is kept: to make one takes a hundred times as long as to use it, and a screen writes hundreds of times. */
function written(at: Date, style: keyof typeof styles, timeZone?: string): string {
  const key = `${style} ${timeZone}`
  const format =
    formats.get(key) ?? new Intl.DateTimeFormat('en-GB', { ...styles[style], ...(timeZone && { timeZone }) })
  formats.set(key, format)
  return format.format(at)
}
