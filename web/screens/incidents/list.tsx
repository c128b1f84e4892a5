import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { type Incident, openIncidentsQuery, pastIncidentsQuery } from '../../api/incident-queries.ts'
import { providersQuery } from '../../api/queries.ts'
import { day, weekday } from '../../format/time.ts'
import { Button } from '../../ui/button.tsx'
import { useNow } from '../../ui/clock.ts'
import { Incidents } from '../../ui/incidents.tsx'
import { More } from '../../ui/more.tsx'
import { Panel } from '../../ui/panel.tsx'
import { useChangeSearch } from '../../ui/search.ts'
import { cleared, Filters } from './filters.tsx'
import styles from './incidents.module.css'
import { Maintained } from './maintained.tsx'
import { Quiet } from './quiet.tsx'
import { filterOf, type IncidentsSearch } from './search.ts'
import { chosenOf, daysOf, openGroups } from './view.ts'

/** What is wrong, the worst first, and what was, the latest first. */
export function List({ search }: { search: IncidentsSearch }) {
  const open = useQuery(openIncidentsQuery)
  return (
    <>
      <Maintained />
      <Panel read={open} height={660}>
        {(rows) => (
          <>
            {rows.every(({ shadow }) => shadow) && <Quiet />}
            <Listed open={rows} search={search} />
          </>
        )}
      </Panel>
    </>
  )
}

function Listed({ open, search }: { open: readonly Incident[]; search: IncidentsSearch }) {
  const now = useNow()
  const change = useChangeSearch<IncidentsSearch>()
  const read = useInfiniteQuery(pastIncidentsQuery(filterOf(search)))
  const past = useMemo(() => read.data?.pages.flatMap(({ rows }) => rows) ?? [], [read.data])
  const { data: providers } = useQuery(providersQuery)
  const groups = [
    ...openGroups(chosenOf(open, search)),
    ...daysOf(past).map(({ at, ...rest }) => ({ ...rest, name: `${weekday(at)} ${day(at, now)}` })),
  ]
  const isFiltered = Object.keys(filterOf(search)).length > 0
  if (groups.length === 0 && !isFiltered && read.data !== undefined) return null
  return (
    <>
      <Filters search={search} providers={providers?.rows ?? []} />
      <Panel read={read} height={480}>
        {() =>
          groups.length === 0 ? (
            <p className={styles.none} role="status">
              No incident fits this filter. <Button onClick={() => change(cleared)}>Show all</Button>
            </p>
          ) : (
            <>
              <Incidents
                caption="Incidents: open ones, the worst first, then the past, latest first"
                groups={groups}
              />
              <More read={read} name="Show older incidents" />
            </>
          )
        }
      </Panel>
    </>
  )
}
