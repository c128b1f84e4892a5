import { flooredPercent } from '../core/statistics.ts'
import { counted } from '../core/text.ts'
import type { Week } from '../core/week.ts'
import { formatMs, formatUsd } from '../report/format.ts'
import { fit } from './fit.ts'
import { named, subjectName, words } from './incident-words.ts'
import { durationOf } from './moments.ts'

/** A line of a digest: what it is about, and what there is to say. */
export interface WeekLine {
  /** Empty of the line that says that there is nothing more to say. */
  topic: string
  text: string
  tone: 'bad' | 'good' | 'plain'
}

/** A week for people: at most ten lines with the title. */
export interface WeekText {
  /** `2026-W48, 23 to 29 November`. */
  name: string
  /** What matters most of it: `3 incidents, uptime 99.87 %`. */
  gist: string
  /** Both in one line. */
  title: string
  lines: readonly WeekLine[]
}

/** With the title ten. */
const mostLines = 9
/** Of a list within a line. */
const mostNames = 3
/** Characters of a line: ten are what Discord takes. */
const longestLine = 190

/** What is to be said of a topic: so many things, the worst first, of which these may have lines of their own. */
interface Section {
  count: number
  lines: readonly WeekLine[]
}

/** What changed in a week, in words, the worst first. */
export function weekText(week: Week): WeekText {
  const changes = [slower(week), faster(week), leaving(week), prices(week), arrived(week)]
  const isQuiet = changes.every(({ count }) => count === 0)
  const sections = [
    incidents(week),
    attention(week),
    uptime(week),
    ...changes,
    spent(week),
    rest(week, isQuiet),
  ]
  const name = nameOf(week)
  const gist = gistOf(week)
  return {
    name,
    gist,
    title: `${name}: ${gist}`,
    lines: allot(sections.filter(({ lines }) => lines.length > 0)),
  }
}

/** A week as plain text, a line a line. */
export const plainLines = ({ lines }: WeekText): string =>
  lines.map(({ topic, text }) => (topic === '' ? text : `${topic}: ${text}`)).join('\n')

/** Each section has a line; those that there is room for beside are of the first that have more. What is left out is counted. */
function allot(sections: readonly Section[]): WeekLine[] {
  let spare = mostLines - sections.length
  return sections.flatMap(({ count, lines }) => {
    const shown = lines.slice(0, 1 + spare)
    spare -= shown.length - 1
    const left = count - shown.length
    return shown.map(({ text, ...line }, index) => ({
      ...line,
      text:
        fit(text, { most: longestLine }) +
        (left > 0 && index + 1 === shown.length ? ` And ${left} more.` : ''),
    }))
  })
}

const section = (lines: readonly WeekLine[], count = lines.length): Section => ({ count, lines })
const nothing = section([])

// ---- the title

const dayMs = 86_400_000

/** `2026-W48, 23 to 29 November`. */
function nameOf({ week, since, until, is_over, synthetic }: Week): string {
  const first = new Date(since)
  const last = new Date(new Date(until).getTime() - dayMs)
  const from = first.getUTCMonth() === last.getUTCMonth() ? first.getUTCDate() : dayOf(first)
  const days = is_over ? `${from} to ${dayOf(last)}` : `from ${dayOf(first)} until now`
  return `${week}, ${days}${synthetic ? ', synthetic targets alone' : ''}`
}

const monthOf = (at: Date) => at.toLocaleString('en', { month: 'long', timeZone: 'UTC' })
const dayOf = (at: Date) => `${at.getUTCDate()} ${monthOf(at)}`

const gistOf = ({ incidents: { opened }, uptime: checked }: Week): string =>
  [
    opened === 0 ? 'no incident' : counted(opened, 'incident'),
    checked.n_checks === 0 ? 'no data' : `uptime ${uptimeOf(checked)}`,
  ].join(', ')

// ---- what happened

function incidents({ incidents: { opened, open, down_s, worst } }: Week): Section {
  if (worst === null) return nothing
  const counts = [
    opened === 0 ? 'none new' : `${opened} opened`,
    ...(open === 0 ? [] : [`${open} not over`]),
    ...(down_s === 0 ? [] : [`something was down for ${durationOf(down_s * 1000)}`]),
  ]
  const { is, was } = words[worst.kind]
  const what = worst.resolved_at === null ? `${is}, for` : `${was} for`
  const lasted = durationOf(worst.lasts_s * 1000)
  const text = `${counts.join(', ')}. The worst: ${subjectName(worst)} ${what} ${lasted}.`
  return section([{ topic: 'Incidents', text, tone: 'bad' }])
}

function attention({ attention: of }: Week): Section {
  const { n_misconfigured: n, channels_off: off, n_undelivered, n_missed, n_unkept } = of
  const parts = [
    ...(n === 0 ? [] : [`${namesOf(of.misconfigured, n)} ${n === 1 ? 'refuses' : 'refuse'} our calls`]),
    ...(off.length === 0 ? [] : [`no messages go to ${listOf(off.map(named), off.length)}`]),
    ...(n_undelivered === 0 ? [] : [`${counted(n_undelivered, 'message')} could not be sent`]),
    ...(n_missed === 0 ? [] : [`${counted(n_missed, 'scheduled run')} did not happen`]),
    ...(n_unkept === null || n_unkept === 0
      ? []
      : [`${counted(n_unkept, 'file')} of results ${n_unkept === 1 ? 'waits' : 'wait'} for the database`]),
  ]
  return parts.length === 0
    ? nothing
    : section([{ topic: 'Look at', text: `${parts.join('; ')}.`, tone: 'bad' }])
}

function uptime({ uptime: of }: Week): Section {
  const {
    n_checks,
    n_failed,
    n_silent,
    silent,
    worst: [worst],
  } = of
  const checked =
    n_checks === 0
      ? 'no data, nothing was checked.'
      : `${uptimeOf(of)} of ${n_checks.toLocaleString('en')} checks, ${n_failed === 0 ? 'none' : n_failed} failed.`
  const lowest =
    worst === undefined
      ? ''
      : ` Lowest: ${subjectName(worst)}, ${uptimeOf(worst)} (${worst.n_failed} of ${worst.n_checks} failed).`
  const missing = n_silent === 0 || n_checks === 0 ? '' : ` No data of ${namesOf(silent, n_silent)}.`
  const isGood = n_checks > 0 && n_failed + n_silent === 0
  const tone = isGood ? 'good' : n_silent > 0 || n_failed > n_checks * muchFailure ? 'bad' : 'plain'
  return section([{ topic: 'Uptime', text: checked + lowest + missing, tone }])
}

/** The share of checks from which on it is bad that they fail. */
const muchFailure = 0.01

const uptimeOf = ({ n_checks, n_failed }: { n_checks: number; n_failed: number }): string =>
  `${flooredPercent(n_checks, n_failed)} %`

type Change = Week['speed']['slower'][number]

const speedLine =
  (topic: string, tone: WeekLine['tone']) =>
  (of: Change): WeekLine => ({
    topic,
    tone,
    text:
      `${subjectName(of)}, TTFT ${formatMs(of.ttft_ms)}, was ${formatMs(of.before_ms)} ` +
      `(${percent(of.change)} %, 95 %: ${percent(of.low)} to ${percent(of.high)}).`,
  })
const percent = (share: number): string => {
  const whole = Math.round(share * 100)
  return whole > 0 ? `+${whole}` : String(whole === 0 ? 0 : whole)
}

function slower({ speed, uptime: { n_checks } }: Week): Section {
  if (speed.n_compared > 0) return section(speed.slower.map(speedLine('Slower', 'bad')), speed.n_slower)
  const text = 'too few samples to compare with the four weeks before.'
  return n_checks === 0 ? nothing : section([{ topic: 'Speed', text, tone: 'plain' }], 0)
}

const faster = ({ speed }: Week): Section =>
  section(speed.faster.map(speedLine('Faster', 'good')), speed.n_faster)

function leaving({ models, until }: Week): Section {
  const parts = models.leaving.map(({ shutdown_on, deprecated_on, gone, ...of }) => {
    const who = subjectName({ ...of, region: null })
    if (gone) return `${who} is not listed any more`
    if (shutdown_on === null) return `${who} is deprecated since ${deprecated_on}`
    return `${who} ${shutdown_on < until.slice(0, 10) ? 'was' : 'will be'} shut down on ${shutdown_on}`
  })
  return joined(
    { topic: 'Leaving', text: `${listOf(parts, models.n_leaving, '; ')}.`, tone: 'bad' },
    models.n_leaving,
  )
}

function prices({ models }: Week): Section {
  const lines = models.prices.map((of): WeekLine => {
    const { input_before, output_before, input_now, output_now } = of
    const rates = [...rate('input', input_before, input_now), ...rate('output', output_before, output_now)]
    return {
      topic: 'Price',
      text: `${subjectName({ ...of, region: null })}, ${rates.join('; ')}, per million tokens.`,
      tone: input_now + output_now > input_before + output_before ? 'bad' : 'good',
    }
  })
  return section(lines, models.n_prices)
}

const rate = (what: string, before: number, now: number) =>
  before === now ? [] : [`${what} ${rateOf(now)}, was ${rateOf(before)}`]

/** A price per million tokens, of which each digit counts: `$0.075`. */
const rateOf = (usd: number): string =>
  `$${usd.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 6 })}`

const arrived = ({ models }: Week): Section =>
  joined(
    { topic: 'New', text: `${namesOf(models.arrived, models.n_arrived)}.`, tone: 'plain' },
    models.n_arrived,
  )

function spent({ spent: of }: Week): Section {
  const { usd, before_usd, n_cost_unknown, month, month_usd, projected_usd, limit_usd } = of
  if (usd + before_usd + month_usd + n_cost_unknown === 0 && limit_usd === null) return nothing
  const expected = projected_usd ?? month_usd
  const isOver = limit_usd !== null && expected > limit_usd
  const parts = [
    `${formatUsd(usd)} (the week before ${formatUsd(before_usd)}).`,
    `${monthOf(new Date(`${month}-01T00:00:00Z`))}: ${formatUsd(month_usd)}` +
      (limit_usd === null ? '' : ` of ${formatUsd(limit_usd)}`) +
      (projected_usd === null ? '' : `, ${formatUsd(projected_usd)} by its end at this pace`) +
      (isOver ? ', which is over the budget.' : '.'),
    ...(n_cost_unknown === 0 ? [] : [`What ${counted(n_cost_unknown, 'answer')} cost is unknown.`]),
  ]
  return section([{ topic: 'Spent', text: parts.join(' '), tone: isOver ? 'bad' : 'plain' }])
}

const rest = ({ uptime: { n_checks } }: Week, isQuiet: boolean): Section =>
  isQuiet && n_checks > 0 ? section([{ topic: '', text: 'Nothing else changed.', tone: 'plain' }]) : nothing

// ---- lists within a line

/** One line of so many things. */
const joined = (line: WeekLine, count: number): Section => (count === 0 ? nothing : section([line]))

const namesOf = (
  subjects: readonly { provider: string | null; model: string | null; region?: string | null }[],
  count: number,
): string =>
  listOf(
    subjects.map((of) => subjectName({ region: null, ...of })),
    count,
  )

/** `a, b, c and 4 more`. */
function listOf(parts: readonly string[], count: number, comma = ', '): string {
  const shown = parts.slice(0, mostNames)
  return shown.join(comma) + (count > shown.length ? ` and ${count - shown.length} more` : '')
}
