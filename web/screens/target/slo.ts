import type { Answer } from '../../api/client.ts'
import { count, duration, type Parts, unknown } from '../../format/numbers.ts'
import { limitProblem, type Target } from './limits.ts'

export type Objective = Answer<'GET /api/v1/objectives'>['rows'][number]
type Slo = NonNullable<Target['slo']>

/** A share as a percentage with the digits that it has: `99.9 %`. */
const percentOf = (share: number): string => `${inPercent(share)} %`
const inPercent = (share: number): number => Number((100 * share).toPrecision(12))

/** A share that is never said to be more than it is: `99.866 %`. */
const provenOf = (share: number): string => `${(Math.floor(100_000 * share) / 1000).toFixed(3)} %`

const names = { availability: 'available', ttft: 'TTFT', latency: 'latency' } as const

/** `99 % available`, `95 % TTFT within 800 ms`. */
export const aimOf = ({ objective, share, within_ms: ms }: Objective): string =>
  `${percentOf(share)} ${names[objective]}${ms === null ? '' : ` within ${duration(ms)}`}`

/** What is left of a budget, rounded down. */
export const leftOf = ({ budget_left: left }: Objective): Parts =>
  left === null
    ? { value: unknown, unit: '' }
    : { value: String(Math.floor(100 * left + 1e-9)).replace('-', '−'), unit: '%' }

export const isOverspent = ({ budget_left: left }: Objective): boolean => left !== null && left < 0

/** `2 of 2.88 may be bad`: what was spent of a budget. */
export const spentOf = (row: Objective): string =>
  row.n === 0
    ? 'nothing counted yet'
    : `${isOverspent(row) ? 'overspent: ' : ''}${count(row.bad)} of ${Number(row.budget.toPrecision(3))}`

/** How many times as fast as it allows a budget was spent, rounded down: `4.1×`. */
export const burnOf = (burn: number | null): Parts => ({
  value: burn === null ? unknown : `${(Math.floor(10 * burn + 1e-9) / 10).toFixed(1)}×`,
  unit: '',
})

/** What so few cannot prove, however good they were; null if they can. */
export function unprovenOf(row: Objective): string | null {
  const { n, share, provable, n_needed: needed, objective } = row
  if (provable === null || provable >= share) return null
  const what = objective === 'availability' ? 'checks without a failure' : 'samples, all in time,'
  return (
    `${aimOf(row)} cannot be proven yet: ${count(n)} ${what} prove ${provenOf(provable)} at most, with 95 % confidence. ` +
    `It takes ${count(needed)}.`
  )
}

/** The fields of the form. */
export const sloFields = [
  { name: 'availability', label: 'Available, % of the checks', such: '99', is: 'percent' },
  { name: 'ttftMs', label: 'First token within, ms', such: '800', is: 'ms' },
  { name: 'ttft', label: 'First token in time, % of the answers', such: '95', is: 'percent' },
  { name: 'latencyMs', label: 'Whole answer within, ms', such: '5000', is: 'ms' },
  { name: 'latency', label: 'Whole answer in time, % of the answers', such: '95', is: 'percent' },
  { name: 'days', label: 'Over so many days, 30 if empty', such: '30', is: 'days' },
] as const

type Field = (typeof sloFields)[number]
/** The form as it was typed. */
export type SloForm = Readonly<Record<Field['name'], string>>

const textOf = (value: number | undefined): string => (value === undefined ? '' : String(value))
const percentTextOf = (share: number | undefined): string =>
  textOf(share === undefined ? undefined : inPercent(share))

/** The form of what is set. */
export function formOf(slo: Slo | null): SloForm {
  const { days, availability, ttft, latency } = slo ?? {}
  return {
    availability: percentTextOf(availability),
    ttftMs: textOf(ttft?.within_ms),
    ttft: percentTextOf(ttft?.share),
    latencyMs: textOf(latency?.within_ms),
    latency: percentTextOf(latency?.share),
    days: textOf(days),
  }
}

/** What is wrong with a field that says something; null if nothing is. */
const wrong: Readonly<Record<Field['is'], (text: string) => string | null>> = {
  percent: (text) => (Number(text) > 50 && Number(text) < 100 ? null : 'Above 50 and below 100'),
  ms: limitProblem,
  days: (text) =>
    Number.isInteger(Number(text)) && Number(text) >= 7 && Number(text) <= 90
      ? null
      : 'A whole number, 7 to 90',
}
const isEmpty = (text: string): boolean => text.trim() === ''
const others: Readonly<Partial<Record<Field['name'], Field['name']>>> = {
  ttft: 'ttftMs',
  ttftMs: 'ttft',
  latency: 'latencyMs',
  latencyMs: 'latency',
}

/** What is wrong with a field; null if nothing is. An empty one is no objective, unless its other half says one. */
export function problemOf(form: SloForm, { name, is }: Field): string | null {
  const other = others[name]
  if (isEmpty(form[name])) return other !== undefined && !isEmpty(form[other]) ? 'Is needed, too' : null
  return wrong[is](form[name])
}

const shareOf = (text: string): number => Number((Number(text) / 100).toPrecision(12))
const timingOf = (ms: string, percent: string) =>
  isEmpty(ms) ? null : { within_ms: Number(ms), share: shareOf(percent) }

/** The form as the API takes it: an empty part is taken away. */
export const sloOf = (form: SloForm) => ({
  days: isEmpty(form.days) ? null : Number(form.days),
  availability: isEmpty(form.availability) ? null : shareOf(form.availability),
  ttft: timingOf(form.ttftMs, form.ttft),
  latency: timingOf(form.latencyMs, form.latency),
})
