import { useQueries, useQuery } from '@tanstack/react-query'
import type { Answer } from '../../api/client.ts'
import { runsSinceQuery, runSummaryQuery } from '../../api/queries.ts'
import { list, plural } from '../../format/words.ts'
import { Ago } from '../../ui/ago.tsx'
import { Panel } from '../../ui/panel.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import styles from './spend.module.css'

/** Of so many runs that skipped something the reasons are read. */
const most = 20

type Run = Answer<'GET /api/v1/runs/{id}'>

/** Runs whose calls were skipped because the budget was spent. */
export function Skipped({ since }: { since: string }) {
  const runs = useQuery(runsSinceQuery(since))
  const skipping = (runs.data?.rows ?? []).filter(({ n_skipped: n }) => n > 0)
  const some = skipping.slice(0, most)
  const read = useQueries({ queries: some.map(({ id }) => runSummaryQuery(id)) })
  const isReading = read.some(({ isPending }) => isPending)
  const rows = read.flatMap(({ data }) => (data !== undefined && budgetOf(data.run) > 0 ? [data] : []))
  return (
    <Panel read={runs} height={200}>
      {({ rows: all, next }) => (
        <>
          <p className={styles.note}>
            {isReading
              ? 'Reading why calls were skipped.'
              : `Of ${next === null ? '' : 'the latest '}${plural(all.length, 'run')} of these days, ${rows.length === 0 ? 'none' : rows.length} skipped calls because the budget was spent${skipping.length > most ? `, as far as the latest ${most} say that skipped any` : ''}.`}
          </p>
          {rows.length > 0 && (
            <Table<Run>
              caption="Runs that skipped calls for the budget"
              columns={columns}
              groups={[{ name: null, rows }]}
              keyOf={({ run }) => run.id}
              isCards
            />
          )}
        </>
      )}
    </Panel>
  )
}

const budgetOf = ({ skip_reasons: reasons }: { skip_reasons: Readonly<Record<string, number>> }): number =>
  reasons['budget'] ?? 0

const columns: Column<Run>[] = [
  { id: 'run', head: 'Run', cell: ({ run }) => run.run_name },
  { id: 'at', head: 'Started', width: 128, cell: ({ run }) => <Ago at={run.started_at} /> },
  {
    id: 'n',
    head: 'Skipped',
    isNumber: true,
    width: 160,
    cell: ({ run }) => `${budgetOf(run)} of ${plural(run.n_probes, 'call')}`,
  },
  {
    id: 'models',
    head: 'Of',
    from: 900,
    cell: ({ targets }) =>
      list(targets.filter((target) => budgetOf(target) > 0).map(({ model }) => model ?? 'unknown')),
  },
]
