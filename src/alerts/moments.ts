const minuteMs = 60_000

/** A duration in its two largest units: `20 min`, `3 h 5 min`, `2 d`. */
export function durationOf(ms: number): string {
  if (ms < minuteMs) return 'less than a minute'
  const minutes = Math.floor(ms / minuteMs)
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24]
  const parts = days > 0 ? [unit(days, 'd'), unit(hours, 'h')] : [unit(hours, 'h'), unit(minutes % 60, 'min')]
  return parts.filter(Boolean).join(' ')
}
const unit = (count: number, name: string) => (count === 0 ? '' : `${count} ${name}`)

/** A moment for people anywhere: `2026-11-05 12:03 UTC`. */
export const utc = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
