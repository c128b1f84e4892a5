import { Link } from '@tanstack/react-router'
import { isMissing, urlOf } from '../../api/client.ts'
import type { SweepInDetail } from '../../api/sweep-queries.ts'
import { list } from '../../format/words.ts'
import { Absent } from '../../ui/absent.tsx'
import { Ago } from '../../ui/ago.tsx'
import { Button } from '../../ui/button.tsx'
import { Heading } from '../../ui/heading.tsx'
import { Panel } from '../../ui/panel.tsx'
import { RunStatus } from '../../ui/run-status.tsx'
import { askedWords } from './asked-words.ts'
import { Progress } from './progress.tsx'
import { sloText } from './request.ts'
import { Outcome } from './outcome.tsx'
import { useLiveSweep } from './use-live-sweep.ts'
import { useChange, useLabSearch } from './use-search.ts'

/** A sweep: how far it is, level by level, and what it brought. */
export function Sweep({ id }: { id: string }) {
  const search = useLabSearch()
  const { sweep, job, heard, progress } = useLiveSweep(id, sloText(search))
  const change = useChange()
  if (isMissing(sweep.error))
    return (
      <Absent
        kind="sweep"
        id={id}
        why="A sweep loads models level by level. This one was never started here, was deleted, or is a run of another kind."
      >
        <Link to="/lab" search={{ view: 'sweeps' }}>
          See every sweep
        </Link>
        <Link to="/lab">Start one</Link>
      </Absent>
    )
  return (
    <>
      <Heading
        way={
          <Link to="/lab" search={{ view: 'sweeps' }}>
            Sweeps
          </Link>
        }
        title={sweep.data === undefined ? 'Sweep' : titleOf(sweep.data)}
        state={sweep.data && <RunStatus run={sweep.data.run} />}
        ground={sweep.data && <About sweep={sweep.data} />}
      >
        {sweep.data !== undefined && sweep.data.run.finished_at !== null && <Files id={id} />}
        <Button onClick={() => change({ run: undefined, view: undefined })}>New sweep</Button>
      </Heading>
      <Panel read={sweep} height={640}>
        {(known) => (
          <>
            {known.run.finished_at === null && (
              <Progress sweep={known} job={job.data ?? null} progress={progress} heard={heard} />
            )}
            {known.run.finished_at !== null && <Outcome sweep={known} />}
          </>
        )}
      </Panel>
    </>
  )
}

const titleOf = ({ levels }: SweepInDetail): string => {
  const models = [...new Set(levels.map(({ model }) => model))]
  return models.length > 2 ? `${list(models.slice(0, 2))} and ${models.length - 2} more` : list(models)
}

/** What was asked for, and when. */
function About({ sweep: { run, levels, settings } }: { sweep: SweepInDetail }) {
  const said = [...askedWords(levels, settings), ...(run.synthetic ? ['synthetic'] : [])]
  return (
    <>
      {said.map((each) => (
        <span key={each}>{each}</span>
      ))}
      <span>
        {run.status === 'queued' ? 'asked for' : 'started'} <Ago at={run.started_at} />
      </span>
    </>
  )
}

/** The report of a sweep, judged as it is shown, to open and to keep; its calls, and the way to compare it. */
function Files({ id }: { id: string }) {
  const slo = sloText(useLabSearch())
  const report = urlOf('/api/v1/sweeps/{id}/report', { params: { id }, query: { slo } })
  return (
    <>
      <a href={report} target="_blank" rel="noreferrer">
        Report
      </a>
      <a href={report} download={`sweep-${id.slice(0, 8)}.html`}>
        Download
      </a>
      <Link to="/history/$id" params={{ id }}>
        Calls
      </Link>
      <Link to="/lab" search={{ view: 'sweeps', pick: [id] }}>
        Compare
      </Link>
    </>
  )
}
