import type { LevelReport } from '../../api/sweep-queries.ts'
import { duration, durationParts, unknown } from '../../format/numbers.ts'
import { Icon } from '../../ui/icon.tsx'
import { Metric } from '../../ui/metric.tsx'
import type { Column } from '../../ui/table.tsx'
import { type Pair, type Verdict, verdictOf } from './compare.ts'
import { metricNames } from './curve.ts'
import styles from './lab.module.css'
import { distributionOf, failuresOf, isRanked, loadName, type Shown } from './view.ts'
import { change, intervalText, perSecond, share } from './words.ts'

/** The columns of two sweeps by level. */
export const columnsOf = (given: { shown: Shown; isJudged: boolean }): Column<Pair>[] => [
  {
    id: 'level',
    head: 'Level',
    cell: ({ before, after }) => (
      <span className={styles.name}>
        <strong>{loadName(before.load)}</strong>
        <small>
          n {before.report?.n ?? 0} and {after.report?.n ?? 0}
        </small>
      </span>
    ),
  },
  ...times('p50', given),
  ...times('p95', given),
  rate('rate', 'Answers/s', (report) => report.throughput.requests_per_s),
  {
    ...rate('tokens', 'Tok/s', (report) => report.throughput.output_tokens_per_s),
    from: 'Card900',
  },
  {
    id: 'errors',
    head: 'Errors',
    isNumber: true,
    width: 104,
    from: 'Card900',
    cell: ({ before, after }) => (
      <Metric parts={{ value: errorsOf(after.report), unit: '' }} ground={`was ${errorsOf(before.report)}`} />
    ),
  },
]

const errorsOf = (report: LevelReport | null): string =>
  report === null ? unknown : share(failuresOf(report) / report.n)

/** A percentile after with the one before, and whether that is a change. */
function times(
  name: 'p50' | 'p95',
  { shown, isJudged }: { shown: Shown; isJudged: boolean },
): Column<Pair>[] {
  const from = name === 'p95' ? { from: 'Card900' as const } : {}
  const of = (report: LevelReport | null) => (report === null ? null : distributionOf(report, shown)[name])
  const value: Column<Pair> = {
    id: name,
    head: `${metricNames[shown.by ?? 'ttft']} ${name}`,
    isNumber: true,
    width: 152,
    ...from,
    cell: ({ before, after }) => {
      const [was, is] = [of(before.report), of(after.report)]
      return (
        <Metric
          parts={durationParts(is?.value)}
          ground={`was ${duration(was?.value)}${change(was?.value, is?.value)}`}
          why={`95 %: ${intervalText(is)}, before ${intervalText(was)}`}
        />
      )
    },
  }
  const verdict: Column<Pair> = {
    id: `${name}-verdict`,
    head: `${name} change`,
    width: 144,
    ...from,
    cell: ({ before, after }) =>
      isRanked(before) && isRanked(after) ? (
        <Change verdict={verdictOf(of(before.report), of(after.report))} />
      ) : (
        <span className={styles.warned}>not ranked</span>
      ),
  }
  return isJudged ? [value, verdict] : [value]
}

/** What is said of each verdict. */
const words = {
  slower: { icon: 'ascending', word: 'slower', meaning: 'The interval after lies above the one before' },
  faster: { icon: 'descending', word: 'faster', meaning: 'The interval after lies below the one before' },
  unknown: {
    icon: 'unknown',
    word: 'cannot say',
    meaning: 'The intervals overlap: more requests would tell',
  },
} as const satisfies Record<Verdict, object>

/** A verdict as icon and word. */
function Change({ verdict }: { verdict: Verdict }) {
  const { icon, word, meaning } = words[verdict]
  return (
    <span className={`${styles.change} ${verdict === 'unknown' ? styles.dim : ''}`} title={meaning}>
      <Icon name={icon} /> {word}
    </span>
  )
}

/** A rate after with the one before: it has no interval, and no verdict. */
const rate = (id: string, head: string, of: (report: LevelReport) => number): Column<Pair> => ({
  id,
  head,
  isNumber: true,
  width: 144,
  cell: ({ before, after }) => {
    const [was, is] = [before.report && of(before.report), after.report && of(after.report)]
    return (
      <Metric
        parts={{ value: is === null ? unknown : perSecond(is), unit: '' }}
        ground={was === null ? 'not before' : `was ${perSecond(was)}${change(was, is)}`}
      />
    )
  },
})
