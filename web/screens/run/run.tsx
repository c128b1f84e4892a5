import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { Answer } from '../../api/client.ts'
import { isMissing, urlOf } from '../../api/client.ts'
import { runQuery } from '../../api/run-queries.ts'
import { clock, day } from '../../format/time.ts'
import { capital, isId, plural } from '../../format/words.ts'
import { AbsentRun } from '../../ui/absent-run.tsx'
import { Ago } from '../../ui/ago.tsx'
import { useNow } from '../../ui/clock.ts'
import { Heading, PartHeading } from '../../ui/heading.tsx'
import { Panel } from '../../ui/panel.tsx'
import { RunStatus } from '../../ui/run-status.tsx'
import { kindOf } from '../../ui/run-words.ts'
import { Calls } from './calls.tsx'
import { Delete } from './delete.tsx'
import { Facts } from './facts.tsx'
import styles from './run.module.css'
import { Settings } from './settings.tsx'
import { Targets } from './targets.tsx'

const route = getRouteApi('/history/$id')
type InFull = Answer<'GET /api/v1/runs/{id}'>

/** The screen of one run in full: how it went, by target, and call by call. */
export function RunInFull() {
  const { id } = route.useParams()
  const { after = 0, text = false, all = false } = route.useSearch()
  const read = useQuery({ ...runQuery(id, after, text), enabled: isId(id) })
  if (!isId(id) || isMissing(read.error)) return <AbsentRun id={id} />
  return (
    <Panel read={read} height={700}>
      {(found) => <Found found={found} after={after} text={text} isAll={all} />}
    </Panel>
  )
}

function Found({
  found,
  after,
  text,
  isAll,
}: {
  found: InFull
  after: number
  text: boolean
  isAll: boolean
}) {
  const { run, settings, targets, probes } = found
  return (
    <>
      <Title run={run} />
      <Facts run={run} targets={targets} />
      <section className={styles.part} aria-labelledby="targets">
        <PartHeading
          id="targets"
          title="By target"
          ground="medians; n and the range, or p95 from 59 answers on"
        />
        <Targets targets={targets} isAll={isAll} />
      </section>
      <section className={styles.part} aria-labelledby="calls">
        <PartHeading
          id="calls"
          title="Calls"
          ground={`${plural(run.n_probes, 'call')} in the order in which they were planned`}
        />
        <Calls calls={probes.rows} next={probes.next} after={after} hasTexts={text} />
      </section>
      <Settings settings={settings} hasTexts={text} />
    </>
  )
}

function Title({ run }: { run: InFull['run'] }) {
  const now = useNow()
  const { id, run_name: name, started_at: at } = run
  return (
    <Heading
      way={<Link to="/history">History</Link>}
      title={`${capital(name)}, ${day(at, now)} ${clock(at)}`}
      state={<RunStatus run={run} />}
      ground={
        <>
          <span>{kindOf(run)}</span>
          <span>
            <Ago at={at} />
          </span>
        </>
      }
    >
      {run.mode === 'sweep' && (
        <Link to="/lab" search={{ run: id }}>
          Load lab
        </Link>
      )}
      <Link to="/history" search={{ pick: [id] }}>
        Compare
      </Link>
      {(['csv', 'json'] as const).map((format) => (
        <a
          key={format}
          href={urlOf('/api/v1/export', { query: { run_id: id, format } })}
          title={`The results of this run as ${format.toUpperCase()}`}
          download
        >
          {format.toUpperCase()}
        </a>
      ))}
      <Delete run={run} />
    </Heading>
  )
}
