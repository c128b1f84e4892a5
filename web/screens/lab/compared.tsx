import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { isMissing } from '../../api/client.ts'
import { type ComparedLevel, type SweepComparison, sweepComparisonQuery } from '../../api/sweep-queries.ts'
import { clock, day } from '../../format/time.ts'
import { isolated } from '../../format/words.ts'
import { Absent } from '../../ui/absent.tsx'
import { useNow } from '../../ui/clock.ts'
import { Heading } from '../../ui/heading.tsx'
import { Panel } from '../../ui/panel.tsx'
import { RunStatus } from '../../ui/run-status.tsx'
import { Table } from '../../ui/table.tsx'
import { columns, type Row } from './compared-columns.tsx'
import styles from './lab.module.css'
import { Objectives } from './parameters.tsx'
import { sloText } from './request.ts'
import { useLabSearch } from './use-search.ts'
import { groupName, loadName } from './view.ts'

/** Two sweeps beside each other, by level and metric, as the API judges them. */
export function Compared({ before, after }: { before: string; after: string }) {
  const slo = sloText(useLabSearch())
  const read = useQuery(sweepComparisonQuery(before, after, slo))
  if (isMissing(read.error))
    return (
      <Absent
        kind="sweep"
        id={[before, after].find((id) => read.error?.message.includes(id)) ?? before}
        why="A sweep loads models level by level. This one was never started here, was deleted, or is a run of another kind."
      >
        <Link to="/lab" search={{ view: 'sweeps' }}>
          See every sweep
        </Link>
      </Absent>
    )
  return (
    <>
      <Heading
        way={
          <Link to="/lab" search={{ view: 'sweeps', pick: [before, after] }}>
            Sweeps
          </Link>
        }
        title="Two sweeps"
        ground="a metric is worse if its whole 95 % interval lies beyond what is allowed"
      >
        <Link from="/lab" to="/lab" search={(rest) => ({ ...rest, pick: [after, before] })} replace>
          Swap
        </Link>
      </Heading>
      <Panel read={read} height={600}>
        {(found) => <Found found={found} />}
      </Panel>
    </>
  )
}

function Found({
  found: { before, after, refused, verdict, headline, notes, levels },
}: {
  found: SweepComparison
}) {
  return (
    <>
      <div className={styles.two}>
        <Side label="Before" run={before} />
        <Side label="After" run={after} />
      </div>
      {refused !== null ? (
        <p className={styles.warning} role="status">
          These sweeps cannot be compared: {refused}.
        </p>
      ) : (
        <>
          <p className={`${styles.headline} ${styles[verdict ?? 'unknown'] ?? ''}`} role="status">
            {headline}
          </p>
          <div className={styles.judge}>
            <Objectives />
          </div>
          <Table<Row>
            caption="Two sweeps by level and metric"
            columns={columns}
            groups={levels.map((level, place) => ({
              name: nameOf(level, levels),
              rows: level.metrics.map((metric) => ({ id: `${place} ${metric.metric}`, metric })),
            }))}
            keyOf={({ id }) => id}
            isCards
          />
        </>
      )}
      {notes.length > 0 && (
        <ul className={styles.notes} aria-label="What is to be known">
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </>
  )
}

/** A level with how it was compared, and whose it is if there are several. */
function nameOf({ level, paired, n }: ComparedLevel, levels: readonly ComparedLevel[]): string {
  const whose = new Set(levels.map(({ level: of }) => groupName(of))).size > 1 ? `${groupName(level)}, ` : ''
  const how = paired ? 'in pairs of the same arrivals' : 'by blocks'
  return `${whose}${loadName(level.load)}: ${n.before} and ${n.after} requests, ${how}`
}

function Side({ label, run }: { label: string; run: SweepComparison['before'] }) {
  const now = useNow()
  return (
    <section aria-label={label}>
      <h2>{label}</h2>
      <RunStatus run={run} />
      <Link to="/lab" search={{ run: run.id }}>
        {day(run.started_at, now)} {clock(run.started_at)}
      </Link>
      <span>
        {isolated(run.region)}
        {run.synthetic ? ', synthetic' : ''}
      </span>
    </section>
  )
}
