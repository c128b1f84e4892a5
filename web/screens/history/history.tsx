import { getRouteApi } from '@tanstack/react-router'
import { day, weekday } from '../../format/time.ts'
import { Ago } from '../../ui/ago.tsx'
import { useNow } from '../../ui/clock.ts'
import { Heading } from '../../ui/heading.tsx'
import { More } from '../../ui/more.tsx'
import { Panel } from '../../ui/panel.tsx'
import { picksAfter } from '../../ui/picked.ts'
import { Table } from '../../ui/table.tsx'
import { columnsOf } from './columns.tsx'
import { Empty } from './empty.tsx'
import { Exports } from './exports.tsx'
import { Filters, useHistorySearch } from './filters.tsx'
import styles from './history.module.css'
import { Picks } from './picks.tsx'
import { useChoices, useEntries, useRuns } from './read.ts'
import { daysOf, type Entry } from './view.ts'

const route = getRouteApi('/history')

/** The screen History: what was run, and what should have been. */
export function History() {
  const search = route.useSearch()
  const { providers, models } = useChoices()
  const read = useRuns(search)
  return (
    <>
      <Heading
        title="History"
        ground={
          read.data && (
            <>
              <span>runs and gaps of the schedule, newest first</span>
              <span>
                read <Ago at={new Date(read.dataUpdatedAt).toISOString()} />
              </span>
            </>
          )
        }
      >
        <Exports search={search} models={models} />
      </Heading>
      <Filters search={search} providers={providers} models={models} />
      <Panel read={read} height={660}>
        {() => <Found read={read} />}
      </Panel>
    </>
  )
}

/** The runs that were read so far, the gaps between them, and the way to older ones. */
function Found({ read }: { read: ReturnType<typeof useRuns> }) {
  const search = route.useSearch()
  const change = useHistorySearch()
  const now = useNow()
  const { runs, entries } = useEntries(read, search)
  const picks = search.pick ?? []
  if (entries.length === 0 && !read.hasNextPage) return <Empty search={search} />
  return (
    <>
      <div className={styles.rows}>
        <Table<Entry>
          caption="Runs and gaps of the schedule, newest first"
          columns={columnsOf(picks, (id) => change({ pick: picksAfter(picks, id) }))}
          groups={daysOf(entries).map(({ at, ...rest }) => ({
            ...rest,
            name: `${weekday(at)} ${day(at, now)}`,
          }))}
          keyOf={({ at, run, gap }) => run?.id ?? `${gap?.schedule} ${at} ${gap?.until}`}
        />
      </div>
      <More read={read} name="Show older runs" />
      <Picks runs={runs} picks={picks} />
    </>
  )
}
