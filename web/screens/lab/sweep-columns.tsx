import { Link } from '@tanstack/react-router'
import type { ListedSweep } from '../../api/sweep-queries.ts'
import { clock, span } from '../../format/time.ts'
import { isolated, list, plural } from '../../format/words.ts'
import { Ago } from '../../ui/ago.tsx'
import { Metric } from '../../ui/metric.tsx'
import { RunStatus } from '../../ui/run-status.tsx'
import { restOf, triggerOf } from '../../ui/run-words.ts'
import type { Column } from '../../ui/table.tsx'
import styles from './lab.module.css'
import { loadName, loadsName } from './view.ts'
import { perSecond } from './words.ts'

/** What a sweep is called: up to two of its models. */
export const nameOf = ({ models, run }: Pick<ListedSweep, 'models' | 'run'>): string =>
  models.length === 0
    ? run.run_name
    : models.length > 2
      ? `${models.slice(0, 2).map(isolated).join(', ')} and ${models.length - 2} more`
      : list(models)

/** The columns of the list; `picks` are the sweeps that are chosen to be compared. */
export const columnsOf = (picks: readonly string[], onPick: (id: string) => void): Column<ListedSweep>[] => [
  {
    id: 'sweep',
    head: 'Sweep',
    cell: (sweep) => <Name sweep={sweep} />,
  },
  { id: 'status', head: 'Status', width: 112, cell: ({ run }) => <RunStatus run={run} /> },
  {
    id: 'load',
    head: 'Load',
    width: 312,
    cell: ({ levels }) => (
      <span className={styles.name}>
        <span>{loadsName(levels.map(({ load }) => load))}</span>
        <small>
          {plural(levels.length, 'level')}
          {levels[0] !== undefined && `, ${plural(levels[0].total, 'call')} each`}
        </small>
      </span>
    ),
  },
  {
    id: 'best',
    head: 'Most answers',
    meaning: 'The level that gave most answers per second, over the whole of it',
    isNumber: true,
    width: 128,
    cell: (sweep) => <Best sweep={sweep} />,
  },
  {
    id: 'calls',
    head: 'Calls succeeded',
    isNumber: true,
    width: 148,
    cell: ({ run }) => (
      <Metric
        parts={{ value: `${run.n_succeeded} of ${run.n_probes}`, unit: '' }}
        ground={restOf(run) || undefined}
      />
    ),
  },
  {
    id: 'at',
    head: 'Started',
    isNumber: true,
    width: 176,
    from: 'Card900',
    cell: ({ run }) => <Started run={run} />,
  },
  {
    id: 'do',
    head: 'Compare',
    meaning: 'Choose two sweeps to see them beside each other',
    width: 88,
    cell: (sweep) => (
      <input
        type="checkbox"
        className={styles.pick}
        aria-label={`Compare ${nameOf(sweep)} of ${clock(sweep.run.started_at)}`}
        checked={picks.includes(sweep.run.id)}
        onChange={() => onPick(sweep.run.id)}
      />
    ),
  },
]

const Name = ({ sweep }: { sweep: ListedSweep }) => (
  <span className={styles.name}>
    <Link to="/lab" search={{ run: sweep.run.id }}>
      {nameOf(sweep)}
    </Link>
    <small>
      {[list(sweep.providers), triggerOf(sweep.run.triggered_by), sweep.run.region]
        .filter(Boolean)
        .join(' · ')}
    </small>
  </span>
)

function Best({ sweep: { best, levels } }: { sweep: ListedSweep }) {
  const level = best === null ? undefined : levels[best.level]
  const parts =
    best === null ? { value: '–', unit: '' } : { value: perSecond(best.requests_per_s), unit: 'per s' }
  return <Metric parts={parts} ground={level === undefined ? undefined : `at ${loadName(level.load)}`} />
}

const Started = ({ run: { started_at: from, finished_at: to } }: Pick<ListedSweep, 'run'>) => (
  <Metric
    parts={{ value: clock(from), unit: '' }}
    ground={
      <>
        <Ago at={from} />
        {to !== null && `, took ${span(Date.parse(to) - Date.parse(from))}`}
      </>
    }
  />
)
