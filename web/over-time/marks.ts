import type { Answer } from '../api/client.ts'
import type { Incident } from '../api/incident-queries.ts'
import { count, price } from '../format/numbers.ts'
import { clock, day, span } from '../format/time.ts'
import { list, plural, spoken } from '../format/words.ts'
import { isSevere } from '../ui/incident-words.ts'
import { regionName } from './series.ts'

/** What happened at a moment or for a while, beside what was measured. */
export interface Mark {
  kind: 'outage' | 'gap' | 'price' | 'incident'
  from: number
  /** The same as `from` for a moment. */
  to: number
  text: string
  /** The incident whose page tells more. */
  incident?: string
  /** Whether an incident is critical or major. */
  isSevere?: boolean
}

type Outages = Answer<'GET /api/v1/outages'>['rows']
type Gaps = Answer<'GET /api/v1/gaps'>['rows']
type Prices = Answer<'GET /api/v1/prices/history'>['rows']

/** What marks are made of; prices are latest first. */
export interface Happened {
  outages: Outages
  gaps: Gaps
  prices: Prices
  incidents: readonly Incident[]
}

/** Outages, incidents, gaps in the schedule and price changes that touch a time, in order. What an outage shows already is no mark of its own: the outage leads to its incident. */
export function marksOf({ outages, gaps, prices, incidents }: Happened, from: number, to: number): Mark[] {
  const shown = outages.map((row) => outageMark(row, { end: to, incidents }))
  const told = new Set(shown.map(({ incident }) => incident))
  const others = incidents.filter(({ id }) => !told.has(id))
  return [
    ...shown,
    ...others.map((row) => incidentMark(row, to)),
    ...gaps.map(gapMark),
    ...priceMarks(prices),
  ]
    .filter((mark) => mark.from < to && mark.to >= from)
    .toSorted((a, b) => a.from - b.from || a.to - b.to)
}

/** `27 Nov, 11:00 to 16:00`, with the second day if it is another. */
export function timeText(from: number, to: number): string {
  const [start, end] = [new Date(from), new Date(to)]
  const last = day(end, end) === day(start, end) ? clock(end) : `${day(end, end)}, ${clock(end)}`
  return `${day(start, end)}, ${clock(start)}${to > from ? ` to ${last}` : ''}`
}

function outageMark(
  row: Outages[number],
  { end, incidents }: { end: number; incidents: readonly Incident[] },
): Mark {
  const from = Date.parse(row.since)
  const last = Date.parse(row.last_failed_at)
  const to = row.until === null ? Math.max(last, Math.min(end, Date.now())) : Date.parse(row.until)
  const kinds = Object.entries(row.errors)
    .toSorted(([, a], [, b]) => b - a)
    .map(([kind, n]) => `${spoken(kind)} ${n}`)
  const when =
    row.until === null
      ? `since ${timeText(from, from)}, no check has succeeded since`
      : `${timeText(from, to)} (${span(to - from)})`
  const text = `down in ${regionName(row.region)} ${when}: ${count(row.n_failed)} checks failed in a row, ${list(kinds)}`
  const incident = incidents.find(
    ({ kind, region, first_bad_at: began, resolved_at: ended }) =>
      kind === 'down' &&
      region === row.region &&
      Date.parse(began) <= to &&
      (ended === null || Date.parse(ended) >= from),
  )
  return { kind: 'outage', from, to, text, ...(incident && { incident: incident.id }) }
}

function incidentMark(
  { id, title, severity, first_bad_at: began, resolved_at: ended }: Incident,
  end: number,
): Mark {
  const from = Date.parse(began)
  const to = ended === null ? Math.max(from, Math.min(end, Date.now())) : Date.parse(ended)
  const when = ended === null ? `since ${timeText(from, from)}` : timeText(from, to)
  const text = `${title}: ${when}`
  return { kind: 'incident', from, to, text, incident: id, isSevere: isSevere(severity) }
}

function gapMark({ since, until, n_slots: n, reason }: Gaps[number]): Mark {
  const [from, to] = [Date.parse(since), Date.parse(until)]
  const why = reason ?? 'the schedule did not run'
  return {
    kind: 'gap',
    from,
    to,
    text: `gap in the schedule ${timeText(from, to)}: ${plural(n, 'slot')} without a run, ${why}`,
  }
}

/** Where a price replaced another, with what it changed. */
function priceMarks(rows: Prices): Mark[] {
  return rows.flatMap((row, index) => {
    const before = rows[index + 1]
    if (before === undefined) return []
    const at = Date.parse(row.since)
    const moves = [
      ['in', before.input_per_m, row.input_per_m] as const,
      ['out', before.output_per_m, row.output_per_m] as const,
    ].filter(([, was, is]) => was !== is)
    const what = moves.map(([name, was, is]) => `${name} ${price(was)} → ${price(is)} per M`).join(', ')
    const text = `price changed ${timeText(at, at)}${what === '' ? '' : `: ${what}`}`
    return [{ kind: 'price' as const, from: at, to: at, text }]
  })
}

/** Marks as areas that can be seen: each at least a part of the time wide, those that touch as one. */
export function areasOf(
  marks: readonly Mark[],
  [from, to]: readonly [number, number],
): [from: number, to: number][] {
  const least = (to - from) / 250
  const areas: [number, number][] = []
  for (const mark of marks) {
    const [start, end] = [Math.max(from, mark.from), Math.min(to, Math.max(mark.to, mark.from + least))]
    const last = areas.at(-1)
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end)
    else areas.push([start, end])
  }
  return areas
}

/** What happened during a step of a chart. */
export const duringOf = (marks: readonly Mark[], from: number, to: number): readonly Mark[] =>
  marks.filter((mark) => mark.from < to && (mark.to > from || mark.from >= from))
