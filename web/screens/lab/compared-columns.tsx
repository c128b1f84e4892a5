import type { ComparedMetric } from '../../api/sweep-queries.ts'
import { Icon } from '../../ui/icon.tsx'
import { Metric } from '../../ui/metric.tsx'
import type { Column } from '../../ui/table.tsx'
import { allowedText, changeInterval, changeText, metricName, valueParts, verdictWords } from './compare.ts'
import styles from './lab.module.css'

/** A metric of a level of two sweeps. */
export interface Row {
  id: string
  metric: ComparedMetric
}

/** The metrics of a level: before, after, how it changed, and whether that is worse. */
export const columns: readonly Column<Row>[] = [
  {
    id: 'metric',
    head: 'Metric',
    cell: ({ metric }) => (
      <span className={styles.name}>
        <strong>{metricName(metric)}</strong>
        <small>n {metric.n}</small>
      </span>
    ),
  },
  {
    id: 'before',
    head: 'Before',
    isNumber: true,
    width: 112,
    cell: ({ metric }) => <Metric parts={valueParts(metric, metric.before)} />,
  },
  {
    id: 'after',
    head: 'After',
    isNumber: true,
    width: 112,
    cell: ({ metric }) => <Metric parts={valueParts(metric, metric.after)} />,
  },
  {
    id: 'change',
    head: 'Change, 95 %',
    isNumber: true,
    width: 144,
    cell: ({ metric }) => (
      <Metric parts={{ value: changeText(metric), unit: '' }} ground={changeInterval(metric)} />
    ),
  },
  {
    id: 'allowed',
    head: 'Allowed',
    meaning: 'How much worse it may become',
    isNumber: true,
    width: 96,
    cell: ({ metric }) => allowedText(metric),
  },
  {
    id: 'verdict',
    head: 'Verdict',
    width: 208,
    cell: ({ metric }) => <Verdict of={metric} />,
  },
]

const icons = { worse: 'down', not_worse: 'up', unknown: 'unknown' } as const

/** A verdict as icon and words, and why nothing can be said. */
function Verdict({ of }: { of: ComparedMetric }) {
  const { word, why } = verdictWords(of)
  const reason = [why, of.gates ? null : 'decides nothing'].filter((each) => each !== null).join('; ')
  return (
    <span className={styles.name}>
      <span className={`${styles.change} ${styles[of.verdict] ?? ''}`}>
        <Icon name={icons[of.verdict]} /> {word}
      </span>
      {reason !== '' && <small title={reason}>{reason}</small>}
    </span>
  )
}
