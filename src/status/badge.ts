import { formatMs, formatRate } from '../report/format.ts'
import { html } from '../report/html.ts'
import { sumOf, uptimePercent, uptimeText } from './uptime.ts'
import type { Component } from './view.ts'
import { type Status, statusNames } from './words.ts'

/** What a badge tells of a component. */
export const badgeMetrics = ['status', 'uptime-7d', 'uptime-90d', 'ttft', 'tps'] as const
export type BadgeMetric = (typeof badgeMetrics)[number]

/** A badge before it is drawn. */
export interface Badge {
  label: string
  message: string
  /** White text on it has a contrast of 4.5 or more. */
  color: string
}

const colors = { good: '#17724a', fair: '#8a5a00', bad: '#b0121b', none: '#5f6875', plain: '#1f5fd6' }

const statusColors: Readonly<Record<Status, string>> = {
  operational: colors.good,
  no_data: colors.none,
  maintenance: colors.none,
  slow: colors.fair,
  errors: colors.fair,
  partial_outage: colors.fair,
  outage: colors.bad,
}

/** What a badge says of a component, as far as anything is known. */
export function badgeOf(component: Component, metric: BadgeMetric): Badge {
  const { name, status, days } = component
  if (metric === 'status')
    return { label: name, message: statusNames[status].toLowerCase(), color: statusColors[status] }
  if (metric === 'ttft' || metric === 'tps') return speedBadge(component, metric)
  const sum = sumOf(metric === 'uptime-7d' ? days.slice(-7) : days)
  return {
    label: `${name} uptime ${metric === 'uptime-7d' ? '7 d' : '90 d'}`,
    message: uptimeText(sum),
    color: uptimeColor(uptimePercent(sum)),
  }
}

/** The median of the last 24 hours. */
function speedBadge({ name, typical }: Component, metric: 'ttft' | 'tps'): Badge {
  const value = (metric === 'ttft' ? typical?.ttft_ms : typical?.tps) ?? null
  const label = `${name} ${metric === 'ttft' ? 'TTFT' : 'speed'}`
  if (value === null) return { label, message: 'no data', color: colors.none }
  const message = metric === 'ttft' ? formatMs(value) : `${formatRate(value)} tok/s`
  return { label, message, color: colors.plain }
}

const uptimeColor = (percent: number | null): string => {
  if (percent === null) return colors.none
  if (percent >= 99) return colors.good
  return percent >= 95 ? colors.fair : colors.bad
}

/** A badge as an endpoint of shields.io wants it. */
export const shieldsOf = ({ label, message, color }: Badge) => ({
  schemaVersion: 1,
  label,
  message,
  color: color.slice(1),
  cacheSeconds: 300,
})

/** How wide ASCII characters of Verdana are, from the blank on, in hundredths of their size. */
const widths = [
  35, 39, 46, 82, 64, 108, 73, 27, 45, 45, 64, 82, 36, 45, 36, 45, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 45,
  45, 82, 82, 82, 55, 100, 68, 69, 70, 77, 63, 57, 78, 75, 42, 45, 69, 56, 84, 75, 79, 60, 79, 70, 68, 62, 73,
  68, 99, 69, 62, 69, 45, 45, 45, 82, 64, 64, 60, 62, 52, 62, 60, 35, 62, 63, 27, 34, 59, 27, 97, 63, 61, 62,
  62, 43, 52, 39, 63, 59, 82, 59, 59, 53, 63, 45, 63, 82,
]

/** The width of a text in px; what is not ASCII is as wide as it is high. */
const widthOf = (text: string): number =>
  Array.from(text).reduce((sum, each) => sum + 0.11 * (widths[(each.codePointAt(0) ?? 0) - 32] ?? 100), 0)

/** The longest label; what is longer ends in dots. */
const mostLetters = 60

/** A badge as a picture: each text has its width said, so that it fits whatever font there is. */
export function badgeSvg({ label, message, color }: Badge): string {
  const letters = Array.from(label)
  const shown = letters.length > mostLetters ? `${letters.slice(0, mostLetters - 1).join('')}…` : label
  const [left, right] = [shown, message].map((text) => Math.round(widthOf(text))) as [number, number]
  const [from, width] = [left + 12, left + right + 24]
  return html`<svg
    xmlns="http://www.w3.org/2000/svg"
    width="${width}"
    height="20"
    role="img"
    aria-label="${label}: ${message}"
  >
    <title>${label}: ${message}</title>
    <clipPath id="r"><rect width="${width}" height="20" rx="4" /></clipPath>
    <g clip-path="url(#r)">
      <rect width="${from}" height="20" fill="#3b424d" />
      <rect x="${from}" width="${width - from}" height="20" fill="${color}" />
    </g>
    <g fill="#fff" font-family="Verdana, 'DejaVu Sans', Geneva, sans-serif" font-size="11">
      <text x="6" y="14" textLength="${left}" lengthAdjust="spacingAndGlyphs">${shown}</text>
      <text x="${from + 6}" y="14" textLength="${right}" lengthAdjust="spacingAndGlyphs">${message}</text>
    </g>
  </svg> `.text
}
