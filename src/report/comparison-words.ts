import { counted } from '../core/text.ts'
import type { Level } from '../core/plan.ts'
import type { MetricComparison } from '../lab/compare-levels.ts'
import { metrics, type MetricName } from '../lab/thresholds.ts'
import type { ComparedPair, LeftOut, SweepComparison } from './compare-sweeps.ts'
import { formatMs, formatRate, printable } from './format.ts'
import { limitTexts, loadText } from './sweep.ts'

/** A level in words. */
export const levelText = (level: Level): string => {
  const { provider, model, contextTokens } = level
  const context = contextTokens === null ? '' : `, context ${contextTokens}`
  return `${printable(`${provider} / ${model}`)}${context}, ${loadText(level)}`
}

/** Why a level was left out. */
export function leftOutText(left: LeftOut): string {
  const run = left.of === 'before' ? 'the first run' : 'the second run'
  const name = levelText(left.level)
  if (left.why !== 'client')
    return `${name}: ${run} ${left.why === 'missing' ? 'does not have it' : 'made none of its calls'}`
  const limits = left.limits.filter((limit) => limit !== 'interrupted').map((limit) => limitTexts[limit])
  const why = [
    ...(limits.length > 0 ? [`the sending machine was the limit, ${limits.join(', ')}`] : []),
    ...(left.limits.includes('interrupted') ? [limitTexts.interrupted] : []),
  ]
  return `${name}: in ${run} ${why.join('; ')}`
}

/** How the requests of a level were compared. */
export const pairingText = ({ n, paired }: ComparedPair): string =>
  paired
    ? `${counted(Math.min(n.before, n.after), 'request')} of the same arrivals, in pairs`
    : `${n.before} and ${counted(n.after, 'request')}, in blocks`

/** The titles of the cells of a metric. */
export const metricTitles = ['metric', 'n', 'before', 'after', 'change [95 %]', 'allowed', 'verdict'] as const

/** A metric of a level as a row of text. */
export function metricCells(row: MetricComparison): string[] {
  const { metric, n, before, after, change, over, gates } = row
  const interval =
    change === null
      ? '-'
      : `${changeText(metric, change.value)} [${amount(change.low)}..${amount(change.high)}]`
  const allowed = changeText(metric, metrics[metric].better === 'lower' ? over : -over, 'whole')
  return [
    metric,
    String(n),
    valueText(metric, before),
    valueText(metric, after),
    interval,
    gates ? allowed : `(${allowed})`,
    verdictText(row),
  ]
}

function valueText(metric: MetricName, value: number | null): string {
  if (value === null) return '-'
  const { kind } = metrics[metric]
  if (kind === 'rate') return `${value < 10 ? value.toFixed(2) : formatRate(value)}/s`
  if (kind === 'share') return `${(100 * value).toFixed(1)} %`
  return value < 100 ? `${value.toFixed(1)} ms` : formatMs(value)
}

/** `+4.2`, `-0.3`, `0.0`: a percentage or percentage points. */
function amount(share: number): string {
  const text = (100 * share).toFixed(1)
  return Number(text) === 0 ? '0.0' : share > 0 ? `+${text}` : text
}

/** A change with its unit: `+4.2 %`, `-1.0 points`. */
function changeText(metric: MetricName, share: number, digits: 'tenths' | 'whole' = 'tenths'): string {
  const text = digits === 'whole' ? amount(share).replace(/\.0$/, '') : amount(share)
  if (metrics[metric].kind !== 'share') return `${text} %`
  return `${text} ${/^.?1$/.test(text) ? 'point' : 'points'}`
}

function verdictText({ verdict, needs, n }: MetricComparison): string {
  if (verdict !== 'unknown') return verdict === 'worse' ? 'worse' : 'not worse'
  if (n === 0) return 'cannot say: a run has none'
  return needs === null ? 'cannot say: it is at what is allowed' : `cannot say: needs about ${needs} more`
}

/** Metrics named in a headline; it says how many more there are. */
const mostNamed = 4

/** What came of a comparison, as one sentence: the metrics that decided it. */
export function headline({ verdict, levels }: SweepComparison): string {
  if (verdict === 'not_worse') return 'Not worse.'
  const deciding = levels.flatMap((pair) =>
    pair.metrics
      .filter((row) => row.gates && row.verdict === verdict)
      .map((row) => `${row.metric}${levels.length === 1 ? '' : ` at ${loadText(pair.level)}`}${detail(row)}`),
  )
  const more = deciding.length > mostNamed ? `; and ${deciding.length - mostNamed} more` : ''
  const named = `${deciding.slice(0, mostNamed).join('; ')}${more}`
  return verdict === 'worse' ? `Worse: ${named}.` : `Not found to be worse. It cannot be said of ${named}.`
}

const detail = ({ metric, change, verdict, needs }: MetricComparison): string => {
  if (verdict === 'worse') return change === null ? '' : ` (${changeText(metric, change.value)})`
  return needs === null ? '' : ` (needs about ${counted(needs, 'more request')})`
}

/** From which resemblance of neighbours on intervals of blocks are said to be too narrow. */
const resembling = 0.3

/** What is to be known of a comparison, a line each. */
export function comparisonNotes({ before, after, levels, leftOut }: SweepComparison): string[] {
  return [
    ...(before.region === after.region
      ? []
      : [
          `the first run was made from ${printable(before.region)}, the second from ${printable(after.region)}`,
        ]),
    ...leftOut.map((left) => `left out: ${leftOutText(left)}`),
    ...levels
      .filter(({ resemblance }) => (resemblance ?? 0) > resembling)
      .map(
        ({ level, resemblance }) =>
          `${levelText(level)}: a request's TTFT resembles that of the next (${resemblance?.toFixed(2)}), so that ` +
          'intervals may be too narrow; sweeps with --rate and one --seed are compared in pairs',
      ),
  ]
}

/** How to read the tables. */
export function legend({ levels, question }: SweepComparison): string[] {
  const rows = levels.flatMap(({ metrics: compared }) => compared)
  return [
    'A metric is worse if its whole interval lies beyond what is allowed.',
    ...(rows.some(({ gates }) => !gates)
      ? ['What is allowed in parentheses decides nothing: it is shown only.']
      : []),
    ...(levels.some(({ paired }) => paired)
      ? ['Times of an open loop count from when a request was due.']
      : []),
    ...(Object.keys(question.objectives).length > 0
      ? [
          `Goodput: ${Object.entries(question.objectives)
            .map(([name, most]) => `${name} at most ${formatMs(most)}`)
            .join(', ')}.`,
        ]
      : []),
  ]
}

/** A run in words: which, and when it was made. */
export const runText = ({ id, started_at: at, synthetic }: SweepComparison['before']): string =>
  `run ${id}, ${at.slice(0, 16).replace('T', ' ')} UTC${synthetic ? ', synthetic' : ''}`
