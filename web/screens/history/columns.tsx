import { Link } from '@tanstack/react-router'
import { clock, span, utc, weekday } from '../../format/time.ts'
import { list, plural } from '../../format/words.ts'
import { Icon } from '../../ui/icon.tsx'
import { Metric } from '../../ui/metric.tsx'
import { RunStatus } from '../../ui/run-status.tsx'
import { breadthOf, kindOf, restOf, titleOf } from '../../ui/run-words.ts'
import { ShareBar } from '../../ui/share-bar.tsx'
import type { Column } from '../../ui/table.tsx'
import styles from './history.module.css'
import type { Entry } from './view.ts'

/** The columns of the list; `picks` are the runs that are chosen to be compared. */
export const columnsOf = (picks: readonly string[], onPick: (id: string) => void): Column<Entry>[] => [
  { id: 'run', head: 'Run', cell: (entry) => <Name entry={entry} /> },
  { id: 'status', head: 'Status', width: 128, cell: (entry) => <Status entry={entry} /> },
  {
    id: 'at',
    head: 'Started',
    width: 128,
    isNumber: true,
    cell: ({ at, gap }) => (
      <>
        <time dateTime={at} title={utc(at)}>
          {clock(at)}
        </time>
        {gap !== null && gap.until !== gap.since && (
          <time dateTime={gap.until} title={utc(gap.until)}>
            –{endOf(at, gap.until)}
          </time>
        )}
      </>
    ),
  },
  {
    id: 'took',
    head: 'Took',
    width: 96,
    from: 640,
    isNumber: true,
    cell: ({ run, gap }) => {
      const from = run?.started_at ?? gap?.since
      const to = run === null ? gap?.until : run.finished_at
      if (!from || !to || from === to) return null
      return <span title={`until ${utc(to)}`}>{span(Date.parse(to) - Date.parse(from))}</span>
    },
  },
  {
    id: 'calls',
    head: 'Calls succeeded',
    width: 148,
    isNumber: true,
    cell: (entry) => <Calls entry={entry} />,
  },
  {
    id: 'bar',
    head: 'Share',
    width: 120,
    from: 900,
    cell: ({ run }) =>
      run !== null && <ShareBar ok={run.n_succeeded} failed={run.n_failed} of={run.n_probes} />,
  },
  {
    id: 'pick',
    head: 'Compare',
    meaning: 'Choose two runs to see them beside each other',
    width: 88,
    from: 640,
    cell: ({ run }) =>
      run !== null && (
        <input
          type="checkbox"
          className={styles.pick}
          aria-label={`Compare the run of ${clock(run.started_at)}`}
          checked={picks.includes(run.id)}
          onChange={() => onPick(run.id)}
        />
      ),
  },
]

/** The end of a gap, with its day if that is another. */
const endOf = (from: string, to: string): string =>
  new Date(from).toDateString() === new Date(to).toDateString() ? clock(to) : `${weekday(to)} ${clock(to)}`

function Name({ entry: { run, gap } }: { entry: Entry }) {
  if (run === null)
    return (
      <span className={styles.name}>
        <span className={styles.gap}>{gap.reason ?? 'nobody kept the schedule'}</span>
        <span className={styles.about}>{gap.schedule ?? 'no schedule'}</span>
      </span>
    )
  const { id, models, schedule } = run
  return (
    <span className={styles.name}>
      <Link to="/history/$id" params={{ id }} className={styles.title} title={list(models)}>
        {titleOf(run)}
      </Link>
      <span className={styles.about}>
        {[breadthOf(run), schedule, kindOf(run)].filter(Boolean).join(' · ')}
      </span>
    </span>
  )
}

function Status({ entry: { run } }: { entry: Entry }) {
  if (run !== null) return <RunStatus run={run} />
  return (
    <span className={styles.missed}>
      <Icon name="unknown" /> gap
    </span>
  )
}

function Calls({ entry: { run, gap } }: { entry: Entry }) {
  if (run === null) return <span className={styles.mute}>{plural(gap.n_slots, 'slot')}</span>
  if (run.n_probes === 0) return <span className={styles.mute}>none was due</span>
  const rest = restOf(run)
  return (
    <Metric
      parts={{ value: `${run.n_succeeded} of ${run.n_probes}`, unit: '' }}
      ground={rest === '' ? undefined : rest}
    />
  )
}
