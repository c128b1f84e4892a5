import type { Answer } from '../../api/client.ts'
import type { SweepInDetail } from '../../api/sweep-queries.ts'
import { durationParts } from '../../format/numbers.ts'
import { span } from '../../format/time.ts'
import { capital, plural } from '../../format/words.ts'
import { Bar } from '../../ui/bar.tsx'
import { Cancel } from '../../ui/cancel.tsx'
import { stateOf } from '../../ui/job-words.ts'
import { Metric } from '../../ui/metric.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { CurveChart } from './curve-chart.tsx'
import styles from './lab.module.css'
import { groupsOf, NameCell } from './level-cells.tsx'
import { type Heard, isTimed, type Line, linesOf, p95From, wayOf } from './live.ts'
import { searchIn, searchText } from './found.ts'
import { curvesOf } from './view.ts'
import { perSecond } from './words.ts'

type Job = Answer<'GET /api/v1/benchmarks/{id}'>

/** How far a sweep is, as a whole and level by level, with what each has shown so far. */
export function Progress({
  sweep: { run, levels, groups, settings },
  job,
  progress,
  heard,
}: {
  sweep: SweepInDetail
  /** Null if it was not asked for here: then it cannot be cancelled here. */
  job: Job | null
  /** Null while it is not known. */
  progress: Job['progress'] | null
  heard: Heard
}) {
  const known = progress ?? unknown(run.n_probes)
  const lines = linesOf(levels, { heard, done: known.done })
  const { percent, leftS } = wayOf(lines, known)
  const search = searchIn(settings)
  const over = lines.filter(({ state }) => state === 'over').map(({ level: of }) => of)
  const curves = curvesOf(over, groups)
  const level = Math.min(levels.length, over.length + 1)
  return (
    <section aria-label="Progress">
      <div className={styles.progress}>
        <div className={styles.line}>
          <strong>{job === null ? capital(run.status) : stateOf(job)}</strong>
          <span aria-live="polite">
            level {level}
            {search === null && ` of ${levels.length}`}
          </span>
          <span className={styles.dim}>{callsOf(known, levels.some(isTimed))}</span>
          <span className={styles.eta}>
            {run.status === 'running' && (search === null ? leftOf(leftS) : searchText(search))}
          </span>
          {job !== null && <Cancel job={job} />}
        </div>
        <Bar label={search === null ? 'All calls' : 'The calls of the levels so far'} percent={percent} />
      </div>
      <div className={styles.live}>
        <Table<Line>
          caption="Levels, each after the one before"
          columns={columns}
          groups={groupsOf(lines, ({ level: of }) => of)}
          keyOf={({ level: of }) => String(of.level)}
          isCards
        />
      </div>
      {curves.length > 0 && <CurveChart curves={curves} />}
    </section>
  )
}

const unknown = (total: number): Pick<Job['progress'], 'done' | 'total' | 'percent' | 'eta_s'> => ({
  done: 0,
  total,
  percent: 0,
  eta_s: null,
})

const callsOf = ({ done, total }: Job['progress'] | ReturnType<typeof unknown>, isGrowing: boolean): string =>
  isGrowing ? plural(done, 'call') : `${done} / ${plural(total, 'call')}`

const leftOf = (leftS: number | null): string =>
  leftS === null ? 'time left unknown yet' : `about ${span(leftS * 1000)} left`

const nothing = { value: '–', unit: '' }

const columns: readonly Column<Line>[] = [
  {
    id: 'level',
    head: 'Level',
    width: 176,
    cell: ({ level, state }) => <NameCell level={level} note={state} />,
  },
  {
    id: 'bar',
    head: 'Calls',
    cell: ({ level, calls, percent }) => (
      <span className={styles.done}>
        <Bar label={`Calls of level ${level.level + 1}`} percent={percent} isThin />
        <span>{calls}</span>
      </span>
    ),
  },
  {
    id: 'rate',
    head: 'Requests/s',
    isNumber: true,
    width: 112,
    cell: ({ requestsPerS, n }) => (
      <Metric
        parts={requestsPerS === null ? nothing : { value: perSecond(requestsPerS), unit: '' }}
        ground={n > 0 ? `n ${n}` : undefined}
        why="Answers per second so far, warm-ups left out"
      />
    ),
  },
  {
    id: 'p50',
    head: 'TTFT p50',
    isNumber: true,
    width: 112,
    cell: ({ ttftP50, n, failed }) => (
      <Metric parts={durationParts(ttftP50)} ground={n > failed ? `n ${n - failed}` : undefined} />
    ),
  },
  {
    id: 'p95',
    head: 'TTFT p95',
    isNumber: true,
    width: 112,
    cell: ({ ttftP95, n, failed }) => (
      <Metric
        parts={durationParts(ttftP95)}
        ground={ttftP95 === null ? undefined : `n ${n - failed}`}
        {...(ttftP95 === null && { why: `Shown from ${p95From} answers on` })}
      />
    ),
  },
  {
    id: 'errors',
    head: 'Errors',
    isNumber: true,
    width: 88,
    cell: ({ failed, n }) => (
      <span className={failed > 0 ? styles.bad : undefined}>{n === 0 ? '–' : failed}</span>
    ),
  },
  {
    id: 'left',
    head: 'Left',
    isNumber: true,
    width: 88,
    cell: ({ leftS }) => (leftS === null ? '–' : span(leftS * 1000)),
  },
]
