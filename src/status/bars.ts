import { type Content, html, Markup } from '../report/html.ts'
import { type Day, type DayState, dayState, sumOf } from './uptime.ts'
import { counted, dayText, durationText } from './words.ts'

/** The width of a day and its height, in units of the drawing, which is stretched to the width of the page. */
const width = 4
const height = 28

/** A day of each kind as a path at 0: told apart by their shapes too. A bad day has a gap, one without checks is a stub. */
const shapes: Readonly<Record<DayState, string>> = {
  up: `v${height}h3v-${height}z`,
  failing: `m0 8v${height - 8}h3v-${height - 8}z`,
  down: `v16h3v-16zm0 20v${height - 20}h3v-${height - 20}z`,
  none: `m0 ${height - 4}v4h3v-4z`,
}

/** Days that follow each other and are alike: only good ones, and those without checks, are drawn as one. */
interface Stretch {
  state: DayState
  from: number
  days: Day[]
}

function stretchesOf(days: readonly Day[]): Stretch[] {
  const stretches: Stretch[] = []
  for (const [index, day] of days.entries()) {
    const state = dayState(day)
    const last = stretches.at(-1)
    if (last?.state === state && (state === 'up' || state === 'none')) last.days.push(day)
    else stretches.push({ state, from: index, days: [day] })
  }
  return stretches
}

/** What there is to say of some days: `12 Nov: 3 of 96 checks failed, down for 12 min`. */
function daysText(days: readonly Day[]): string {
  const [first, last] = [days[0], days.at(-1)]
  if (first === undefined || last === undefined) return ''
  const when = days.length === 1 ? dayText(first.at) : `${dayText(first.at)} to ${dayText(last.at)}`
  const { nChecks, nFailed, downMinutes } = sumOf(days)
  const down = downMinutes === 0 ? '' : `, down for ${durationText(downMinutes * 60_000)}`
  if (nChecks === 0) return `${when}: no checks${down}`
  const failed =
    nFailed === 0 ? `none of ${counted(nChecks, 'check')}` : `${nFailed} of ${counted(nChecks, 'check')}`
  return `${when}: ${failed} failed${down}`
}

/** Days as bars, the oldest left, each with its counts for whoever points at it; a sentence for whoever cannot see it. */
export function barsOf(days: readonly Day[]): Markup {
  const parts = stretchesOf(days).map(({ state, from, days: some }) => {
    const path = some.map((_, index) => `M${(from + index) * width} 0${shapes[state]}`).join('')
    return new Markup(
      `<path class="${state}" d="${path}">${html`<title>${daysText(some)}</title>`.text}</path>`,
    )
  })
  const viewBox = `0 0 ${days.length * width - 1} ${height}`
  return html`<svg
    class="bars"
    viewBox="${viewBox}"
    preserveAspectRatio="none"
    role="img"
    aria-label="${summaryOf(days)}"
  >
    ${parts}
  </svg>`
}

const summaryOf = (days: readonly Day[]): string => {
  const { nChecks, nFailed } = sumOf(days)
  return `${nFailed} of ${counted(nChecks, 'check')} failed in ${counted(days.length, 'day')}`
}

/** The same as text, by keyboard too: every day with a failure, the latest first. */
export function daysInWords(days: readonly Day[]): Content {
  const bad = days.filter(({ nFailed, downMinutes }) => nFailed + downMinutes > 0).toReversed()
  const nNone = days.filter((day) => dayState(day) === 'none').length
  const lines = [
    `${summaryOf(days)}.`,
    ...(nNone > 0 ? [`No checks on ${counted(nNone, 'day')}.`] : []),
    ...bad.map((day) => daysText([day])),
  ]
  return html`<p class="days">${lines.join('\n')}</p>`
}
