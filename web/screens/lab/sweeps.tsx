import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type ListedSweep, sweepsQuery } from '../../api/sweep-queries.ts'
import { clock, day } from '../../format/time.ts'
import { useNow } from '../../ui/clock.ts'
import { More, type Paged } from '../../ui/more.tsx'
import { Panel } from '../../ui/panel.tsx'
import { picksAfter } from '../../ui/picked.ts'
import { Picks } from '../../ui/picks.tsx'
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

function Found({ sweeps, read }: { sweeps: readonly ListedSweep[]; read: Paged }) {
  const { pick: picks = [] } = useLabSearch()
  const change = useChange()
  const toggle = (id: string) =>
    change(({ pick: before = [] }) => {
      const after = picksAfter(before, id)
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
      <More read={read} name="Show older sweeps" />
      <Chosen sweeps={sweeps} picks={picks} />
    </>
  )
}

/** The sweeps that are chosen to be compared. */
function Chosen({ sweeps, picks }: { sweeps: readonly ListedSweep[]; picks: readonly string[] }) {
  const change = useChange()
  const now = useNow()
  const said = (id: string): string => {
    const sweep = sweeps.find(({ run }) => run.id === id)
    return sweep === undefined
      ? id.slice(0, 8)
      : `${nameOf(sweep)}, ${day(sweep.run.started_at, now)} ${clock(sweep.run.started_at)}`
  }
  return (
    <Picks
      one="sweep"
      several="Sweeps"
      picks={picks}
      nameOf={said}
      to={(before, after) => ({ to: '/lab', search: { pick: [before, after], compare: true } })}
      onClear={() => change({ pick: undefined })}
    />
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
