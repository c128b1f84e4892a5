import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { Answer } from '../../api/client.ts'
import { runsComparedQuery } from '../../api/run-queries.ts'
import { clock, day } from '../../format/time.ts'
import { capital, isId } from '../../format/words.ts'
import { useNow } from '../../ui/clock.ts'
import { Heading } from '../../ui/heading.tsx'
import { Panel } from '../../ui/panel.tsx'
import { RunStatus } from '../../ui/run-status.tsx'
import { kindOf } from '../../ui/run-words.ts'
import { Table } from '../../ui/table.tsx'
import { type Compared, columns } from './columns.tsx'
import styles from './runs-compared.module.css'

const route = getRouteApi('/history/compare')
type Comparison = Answer<'GET /api/v1/compare/runs'>

/** The screen of two runs beside each other, by target, region and series. */
export function RunsCompared() {
  const { before, after } = route.useSearch()
  const areIds = isId(before) && isId(after)
  const read = useQuery({ ...runsComparedQuery(before, after), enabled: areIds })
  return (
    <>
      <Heading
        way={
          <Link to="/history" search={{ pick: [before, after].filter((id) => id !== '') }}>
            History
          </Link>
        }
        title="Two runs"
        ground="medians of each, by target; a difference of few answers may be chance"
      >
        <Link to="." search={{ before: after, after: before }} replace>
          Swap
        </Link>
      </Heading>
      {areIds ? (
        <Panel read={read} height={500}>
          {(comparison) => <Found comparison={comparison} />}
        </Panel>
      ) : (
        <p className={styles.none} role="status">
          Two runs are compared, and this address names {isId(before) || isId(after) ? 'one' : 'none'}.{' '}
          <Link to="/history">Choose two in the history</Link>
        </p>
      )}
    </>
  )
}

function Found({ comparison: { before, after, rows } }: { comparison: Comparison }) {
  return (
    <>
      <div className={styles.runs}>
        <Run label="Before" run={before} />
        <Run label="After" run={after} />
      </div>
      {rows.length === 0 ? (
        <p className={styles.none} role="status">
          Neither run has a result.
        </p>
      ) : (
        <div className={styles.rows}>
          <Table<Compared>
            caption="Two runs by target"
            columns={columns}
            groups={[{ name: null, rows }]}
            isCards
            keyOf={({ provider, model, region, series }) => `${provider} ${model} ${region} ${series}`}
          />
        </div>
      )}
    </>
  )
}

function Run({ label, run }: { label: string; run: Comparison['before'] }) {
  const now = useNow()
  return (
    <section aria-label={label}>
      <h2>{label}</h2>
      <RunStatus run={run} />
      <Link to="/history/$id" params={{ id: run.id }}>
        {capital(run.run_name)}, {day(run.started_at, now)} {clock(run.started_at)}
      </Link>
      <span className={styles.about}>
        {run.n_succeeded} of {run.n_probes} succeeded · {kindOf(run)}
      </span>
    </section>
  )
}
