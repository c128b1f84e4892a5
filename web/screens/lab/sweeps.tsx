import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type ListedSweep, sweepsQuery } from '../../api/sweep-queries.ts'
import { clock, day } from '../../format/time.ts'
import { Button } from '../../ui/button.tsx'
import { useNow } from '../../ui/clock.ts'
import { Panel } from '../../ui/panel.tsx'
import { Table } from '../../ui/table.tsx'
import { LabHeading } from './heading.tsx'
import styles from './lab.module.css'
import { columnsOf, nameOf } from './sweep-columns.tsx'
import { useChange, useLabSearch } from './use-search.ts'

/** Every sweep, newest first; two of them can be compared. */
export function Sweeps() {
  const read = useInfiniteQuery(sweepsQuery)
  return (
    <>
      <LabHeading ground="sweeps by this screen, the API and the command line, newest first" />
      <Panel
        read={read}
        height={480}
        isEmpty={({ pages }) => pages.every(({ rows }) => rows.length === 0)}
        empty={<Empty />}
      >
        {({ pages }) => <Found sweeps={pages.flatMap(({ rows }) => rows)} read={read} />}
      </Panel>
    </>
  )
}

function Found({
  sweeps,
  read,
}: {
  sweeps: readonly ListedSweep[]
  read: Pick<
    ReturnType<typeof useInfiniteQuery<unknown>>,
    'hasNextPage' | 'isFetchingNextPage' | 'fetchNextPage'
  >
}) {
  const { pick: picks = [] } = useLabSearch()
  const change = useChange()
  const toggle = (id: string) =>
    change(({ pick: before = [] }) => {
      const after = before.includes(id) ? before.filter((each) => each !== id) : [...before, id].slice(-2)
      return { pick: after.length === 0 ? undefined : after }
    })
  return (
    <>
      <div className={styles.sweeps}>
        <Table<ListedSweep>
          caption="Sweeps, newest first"
          columns={columnsOf(picks, toggle)}
          groups={[{ name: null, rows: sweeps }]}
          keyOf={({ run }) => run.id}
          isCards
        />
      </div>
      <p className={styles.more}>
        {read.hasNextPage ? (
          <Button
            why={read.isFetchingNextPage ? 'They are being read' : null}
            onClick={() => void read.fetchNextPage()}
          >
            Show older sweeps
          </Button>
        ) : (
          'These are all.'
        )}
      </p>
      <Picks sweeps={sweeps} picks={picks} />
    </>
  )
}

/** The sweeps that are chosen to be compared, at the foot of the page; the older one is what was before. */
function Picks({ sweeps, picks }: { sweeps: readonly ListedSweep[]; picks: readonly string[] }) {
  const change = useChange()
  const now = useNow()
  if (picks.length === 0) return null
  // Ids begin with their time.
  const [before, after] = picks.toSorted()
  const said = (id: string): string => {
    const sweep = sweeps.find(({ run }) => run.id === id)
    return sweep === undefined
      ? id.slice(0, 8)
      : `${nameOf(sweep)}, ${day(sweep.run.started_at, now)} ${clock(sweep.run.started_at)}`
  }
  return (
    <section className={styles.picks} aria-label="Sweeps to compare">
      <span>
        {before !== undefined && said(before)}
        {after === undefined ? (
          <span className={styles.dim}> · choose another sweep to compare it with</span>
        ) : (
          <>
            <span className={styles.dim}> and </span>
            {said(after)}
          </>
        )}
      </span>
      {before !== undefined && after !== undefined && (
        <Link to="/lab" search={{ pick: [before, after], compare: true }} className={styles.compare}>
          Compare
        </Link>
      )}
      <Button kind="quiet" onClick={() => change({ pick: undefined })}>
        Clear
      </Button>
    </section>
  )
}

const Empty = () => (
  <section className={styles.empty}>
    <h2>No sweep yet</h2>
    <p>
      A sweep loads a model level by level: how many answers per second it gives, and how long each takes
      meanwhile. The synthetic provider costs nothing to try.
    </p>
    <Link to="/lab" search={{ models: ['synthetic/synthetic-1'] }}>
      Sweep the synthetic provider
    </Link>
  </section>
)
