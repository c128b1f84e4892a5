import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { Answer } from '../../api/client.ts'
import { useGaps } from '../../api/gap-queries.ts'
import { openIncidentsQuery } from '../../api/incident-queries.ts'
import { nowQuery } from '../../api/queries.ts'
import { Ago } from '../../ui/ago.tsx'
import { Button } from '../../ui/button.tsx'
import { Heading } from '../../ui/heading.tsx'
import { useMedia } from '../../ui/media.ts'
import { Official } from '../../ui/official.tsx'
import { Panel } from '../../ui/panel.tsx'
import { useChangeSearch } from '../../ui/search.ts'
import { Table } from '../../ui/table.tsx'
import { Changes } from './changes.tsx'
import { columnsOf } from './columns.tsx'
import { Filters } from './filters.tsx'
import { FirstRun } from './first-run.tsx'
import styles from './now.module.css'
import type { NowSearch, SortName } from './search.ts'
import { chosenRows, groupsOf, lastDays, nextSort, type NowRow, rowsOf, sortingOf } from './view.ts'

type Present = Answer<'GET /api/v1/now'>
const route = getRouteApi('/')

/** The screen Now: every target, how it is at present, and what changed. */
export function Now() {
  const read = useQuery(nowQuery)
  // What is open decides the order of the rows: drawn before, they would move a moment later.
  const { isPending, failureCount } = useQuery(openIncidentsQuery)
  const isWaiting = isPending && failureCount === 0
  return (
    <>
      <Heading
        title="Now"
        ground={read.data && read.data.rows.length > 0 && <Ground present={read.data} />}
      />
      <Panel
        read={isWaiting ? { ...read, data: undefined } : read}
        height={660}
        isEmpty={({ rows }) => rows.length === 0}
        empty={<FirstRun />}
      >
        {(present) => <Targets present={present} />}
      </Panel>
    </>
  )
}

/** What the numbers rest on, and how old they are. */
function Ground({ present: { last_run: run, generated_at: at } }: { present: Present }) {
  const calls = run === null ? 0 : run.n_succeeded + run.n_failed
  return (
    <>
      <span>medians of 24 h</span>
      {run !== null && (
        <span>
          last run <Ago at={run.started_at} />
          {run.finished_at === null ? ', at work' : `, ${run.n_succeeded} of ${calls} calls succeeded`}
        </span>
      )}
      <span>
        read <Ago at={at} />
      </span>
    </>
  )
}

/** From this width on there is room for 90 days. */
const wide = '(min-width: 1200px)'

function Targets({ present: given }: { present: Present }) {
  const search = route.useSearch()
  const change = useChangeSearch<NowSearch>()
  const nDays = useMedia(wide) ? 90 : 30
  const present = useMemo(() => lastDays(given, nDays), [given, nDays])
  const gaps = useGaps(present)
  const { data: open } = useQuery(openIncidentsQuery)
  const rows = useMemo(() => rowsOf(present, open ?? []), [present, open])
  const chosen = useMemo(() => chosenRows(rows, search), [rows, search])
  const groups = groupsOf(chosen, search.group)
  const hasRegions = new Set(rows.map(({ region }) => region)).size > 1
  return (
    <>
      <Changes rows={rows} />
      <Filters rows={rows} search={search} />
      {chosen.length === 0 ? (
        <p className={styles.none} role="status">
          No target fits this filter.{' '}
          <Button onClick={() => change({ q: undefined, state: undefined, region: undefined })}>
            Show all {rows.length}
          </Button>
        </p>
      ) : (
        <div className={styles.rows}>
          <Table<NowRow>
            caption="Targets: medians of 24 hours, and the last call"
            columns={columnsOf({ ...present, gaps, hasRegions })}
            groups={search.group === 'provider' ? groups.map(withOfficial) : groups}
            keyOf={({ target_id: id, region }) => `${id} ${region}`}
            sorting={sortingOf(search)}
            onSort={(by) => change({ sort: nextSort(search, by as SortName) })}
          />
        </div>
      )}
    </>
  )
}

/** The group of a provider, with what that says of itself. */
const withOfficial = (group: ReturnType<typeof groupsOf>[number]) => ({
  ...group,
  note: (
    <>
      {group.note}
      <Official provider={group.rows[0]?.provider ?? null} />
    </>
  ),
})
