import { type Answer, isMissing } from '../../api/client.ts'
import { useNames } from '../../api/provider-names.ts'
import { plural } from '../../format/words.ts'
import { AbsentRun } from '../../ui/absent-run.tsx'
import { Ago } from '../../ui/ago.tsx'
import { Button } from '../../ui/button.tsx'
import { Heading } from '../../ui/heading.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Calls } from './calls.tsx'
import { Failures } from './failures.tsx'
import { useLiveRun } from './live-run.ts'
import { Outcomes } from './outcomes.tsx'
import { Progress } from './progress.tsx'
import { Summary } from './summary.tsx'
import { useChange } from './use-search.ts'
import { failuresOf, outcomesOf } from './view.ts'

type Job = Answer<'GET /api/v1/benchmarks/{id}'>
type Settings = Answer<'GET /api/v1/runs/{id}'>['settings']

/** A run: how far it is, its calls as they end, and what they brought. */
export function Run({ id }: { id: string }) {
  const { job, run, calls, areRead, inHand, progress } = useLiveRun(id)
  const nameOf = useNames()
  const change = useChange()
  const targets = run.data?.targets ?? []
  if (isMissing(job.error)) return <AbsentRun id={id} />
  return (
    <>
      <Heading
        title="Benchmark"
        ground={job.data !== undefined && <About job={job.data} settings={run.data?.settings ?? {}} />}
      >
        <Button onClick={() => change({ run: undefined })}>New benchmark</Button>
      </Heading>
      <Panel read={job} height={480}>
        {(known) => {
          const isOver = known.finished_at !== null
          const failures = failuresOf(calls)
          const outcomes = isOver && areRead ? outcomesOf(targets, calls) : null
          const hasAllFailed = isOver && known.n_succeeded === 0 && known.n_failed > 0
          return (
            <>
              {hasAllFailed && <Failures failures={failures} nameOf={nameOf} isAll />}
              <Progress
                job={known}
                progress={progress ?? known.progress}
                targets={targets}
                calls={calls}
                inHand={inHand}
                nameOf={nameOf}
              />
              {outcomes !== null && known.n_succeeded > 0 && (
                <>
                  <Summary outcomes={outcomes} nameOf={nameOf} />
                  <Outcomes outcomes={outcomes} nameOf={nameOf} />
                </>
              )}
              {isOver && !hasAllFailed && failures.length > 0 && (
                <Failures failures={failures} nameOf={nameOf} />
              )}
              <Calls calls={calls} nameOf={nameOf} isOver={isOver} />
            </>
          )
        }}
      </Panel>
    </>
  )
}

/** What was asked for, and when. */
function About({ job, settings }: { job: Job; settings: Settings }) {
  const { max_tokens: tokens, temperature, runs } = settings
  const said = [
    job.mode,
    ...(job.synthetic ? ['synthetic'] : []),
    ...(typeof runs === 'number' && job.mode !== 'single' ? [plural(runs, 'run')] : []),
    ...(typeof tokens === 'number' ? [`max ${tokens} tokens`] : []),
    ...(typeof temperature === 'number' ? [`temperature ${temperature}`] : []),
  ]
  return (
    <>
      {said.map((each) => (
        <span key={each}>{each}</span>
      ))}
      <span>
        {job.status === 'queued' ? 'asked for' : 'started'} <Ago at={job.started_at} />
      </span>
    </>
  )
}
