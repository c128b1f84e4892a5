import type { LevelReport, SweptLevel } from '../../api/sweep-queries.ts'
import { durationParts, usd } from '../../format/numbers.ts'
import { list, spoken } from '../../format/words.ts'
import { Metric } from '../../ui/metric.tsx'
import type { Column } from '../../ui/table.tsx'
import styles from './lab.module.css'
import { doubtsOf } from './distrust.ts'
import { distributionOf, loadName, type Shown } from './view.ts'
import { intervalText, perSecond, share, shareInterval } from './words.ts'

/** A column of what is told of a level with a report; a level without one has a dash. */
const figure = (
  about: Pick<Column<SweptLevel>, 'id' | 'head' | 'meaning' | 'from'> & { width: number },
  cell: (
    report: LevelReport,
    level: SweptLevel,
  ) => Column<SweptLevel>['cell'] extends (row: never) => infer Cell ? Cell : never,
): Column<SweptLevel> => ({
  ...about,
  isNumber: true,
  cell: (level) => (level.report === null ? '–' : cell(level.report, level)),
})

/** A percentile of the metric that is shown. */
const percentile = (name: 'p50' | 'p90' | 'p95' | 'p99', shown: Shown): Column<SweptLevel> =>
  figure(
    {
      id: name,
      head: name,
      width: 120,
      ...((name === 'p90' || name === 'p99') && { from: 'Card900' as const }),
    },
    (report) => {
      const distribution = distributionOf(report, shown)
      const found = distribution[name]
      return (
        <Metric
          parts={durationParts(found?.value)}
          ground={intervalText(found)}
          why={`n ${distribution.n}`}
        />
      )
    },
  )

/** The columns of the levels of a sweep. */
export const columnsOf = ({
  shown,
  isOpen,
  isJudged,
}: {
  shown: Shown
  isOpen: boolean
  isJudged: boolean
}): Column<SweptLevel>[] => [
  { id: 'level', head: 'Level', cell: (level) => <Name level={level} /> },
  figure({ id: 'rate', head: 'Answers/s', meaning: 'Answers per second', width: 112 }, (report) => (
    <Metric
      parts={{ value: perSecond(report.throughput.requests_per_s), unit: '' }}
      ground={
        isOpen
          ? `${report.offered_rate === null ? '–' : perSecond(report.offered_rate)} due`
          : `${report.throughput.in_flight.toFixed(1)} in flight`
      }
    />
  )),
  figure(
    {
      id: 'tokens',
      head: 'Tok/s',
      meaning: 'Tokens of answers per second, of all requests; and by requests in flight',
      width: 104,
      from: 'Card900',
    },
    ({ throughput }) => (
      <Metric
        parts={{ value: perSecond(throughput.output_tokens_per_s), unit: '' }}
        ground={
          throughput.output_tokens_per_s_per_user === null
            ? undefined
            : `${perSecond(throughput.output_tokens_per_s_per_user)} each`
        }
      />
    ),
  ),
  ...(['p50', 'p90', 'p95', 'p99'] as const).map((name) => percentile(name, shown)),
  figure({ id: 'errors', head: 'Errors', width: 96 }, (report) => <Errors report={report} />),
  ...(isJudged
    ? [
        figure(
          {
            id: 'goodput',
            head: 'Goodput',
            meaning: 'Requests that met every objective, by those that can be judged; failures met none',
            width: 104,
          },
          ({ goodput }) => (
            <Metric
              parts={{ value: share(goodput.share), unit: '' }}
              ground={goodput.share === null ? undefined : shareInterval(goodput)}
              why={`${goodput.good} of ${goodput.n}, 95 % interval by Wilson`}
            />
          ),
        ),
      ]
    : []),
  ...(isOpen
    ? [
        figure(
          {
            id: 'late',
            head: 'Late p99',
            meaning: 'How much later than due requests were sent',
            width: 96,
            from: 'Card900',
          },
          ({ lateness }) => (
            <Metric parts={durationParts(lateness?.p99?.value)} why={`n ${lateness?.n ?? 0}`} />
          ),
        ),
      ]
    : []),
  figure({ id: 'cost', head: 'Cost', width: 88, from: 'Card900' }, ({ cost_usd: cost }) => usd(cost)),
]

function Errors({ report: { n, errors } }: { report: LevelReport }) {
  const kinds = Object.entries(errors)
  const failed = kinds.reduce((sum, [, count]) => sum + count, 0)
  return (
    <Metric
      parts={{ value: String(failed), unit: '' }}
      ground={failed === 0 ? `n ${n}` : <span className={styles.bad}>{share(failed / n)}</span>}
      why={failed === 0 ? 'None failed' : list(kinds.map(([kind, count]) => `${count} ${spoken(kind)}`))}
    />
  )
}

function Name({ level }: { level: SweptLevel }) {
  const doubts = doubtsOf(level)
  const short = [...new Set(doubts.map((doubt) => doubt.short))].join(', ')
  return (
    <span className={styles.name} title={doubts.map(({ text }) => text).join('; ') || undefined}>
      <strong>{loadName(level.load)}</strong>
      <small className={short === '' ? undefined : styles.warned}>
        {short || `n ${level.report?.n ?? 0}`}
      </small>
    </span>
  )
}
