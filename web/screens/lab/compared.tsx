import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type SweepInDetail, sweepQuery, type SweptLevel } from '../../api/sweep-queries.ts'
import { clock, day } from '../../format/time.ts'
import { list } from '../../format/words.ts'
import { useNow } from '../../ui/clock.ts'
import { Heading } from '../../ui/heading.tsx'
import { Panel } from '../../ui/panel.tsx'
import { RunStatus } from '../../ui/run-status.tsx'
import { Table } from '../../ui/table.tsx'
import { differencesOf, type Pair, pairsOf } from './compare.ts'
import { columnsOf } from './compared-columns.tsx'
import styles from './lab.module.css'
import { groupsOf } from './level-cells.tsx'
import { sloText } from './request.ts'
import { Show } from './show.tsx'
import { useLabSearch } from './use-search.ts'
import { loadNames, loadsName, groupName } from './view.ts'

/** Two sweeps beside each other, by the levels that both have. */
export function Compared({ before, after }: { before: string; after: string }) {
  const slo = sloText(useLabSearch())
  const first = useQuery(sweepQuery(before, slo))
  const second = useQuery(sweepQuery(after, slo))
  return (
    <>
      <Heading
        way={
          <Link to="/lab" search={{ view: 'sweeps', pick: [before, after] }}>
            Sweeps
          </Link>
        }
        title="Two sweeps"
        ground="a change counts if the 95 % intervals lie apart; else it may be chance"
      >
        <Link from="/lab" to="/lab" search={(rest) => ({ ...rest, pick: [after, before] })} replace>
          Swap
        </Link>
      </Heading>
      <Panel read={first} height={600}>
        {(one) => (
          <Panel read={second} height={600}>
            {(other) => <Found before={one} after={other} />}
          </Panel>
        )}
      </Panel>
    </>
  )
}

function Found({ before, after }: { before: SweepInDetail; after: SweepInDetail }) {
  const { by, from } = useLabSearch()
  const { pairs, alone } = pairsOf(before.levels, after.levels)
  const differences = differencesOf(before, after)
  const isOpen = pairs.some(({ before: { load } }) => 'rate' in load)
  return (
    <>
      <div className={styles.two}>
        <Side label="Before" sweep={before} />
        <Side label="After" sweep={after} />
      </div>
      {differences.length > 0 && (
        <p className={styles.warning} role="status">
          These are not comparable: {list(differences)}. Nothing is judged.
        </p>
      )}
      {pairs.length === 0 ? (
        <p className={styles.none} role="status">
          They have no level of the same load, model and context in common.
        </p>
      ) : (
        <>
          <div className={styles.choices}>
            <Show isOpen={isOpen} />
          </div>
          <div className={styles.sweeps}>
            <Table<Pair>
              caption="Two sweeps by level"
              columns={columnsOf({
                shown: { ...(by && { by }), ...(from && { from }) },
                isJudged: differences.length === 0,
              })}
              groups={groupsOf(pairs, ({ before: level }) => level)}
              keyOf={({ id }) => id}
              isCards
            />
          </div>
        </>
      )}
      {alone.length > 0 && pairs.length > 0 && (
        <p className={styles.alone}>Only one of them has {aloneText(alone)}: left out.</p>
      )}
    </>
  )
}

/** Levels in words, by model and size of context. */
function aloneText(levels: readonly SweptLevel[]): string {
  const groups = Map.groupBy(levels, groupName)
  return [...groups]
    .map(([name, of]) => {
      const loads = loadNames(of.map(({ load }) => load))
      return groups.size === 1 ? loads : `${name}: ${loads}`
    })
    .join('; ')
}

function Side({ label, sweep: { run, levels } }: { label: string; sweep: SweepInDetail }) {
  const now = useNow()
  return (
    <section aria-label={label}>
      <h2>{label}</h2>
      <RunStatus run={run} />
      <Link to="/lab" search={{ run: run.id }}>
        {list([...new Set(levels.map(({ model }) => model))].slice(0, 2))}, {day(run.started_at, now)}{' '}
        {clock(run.started_at)}
      </Link>
      <span>{loadsName(levels.map(({ load }) => load))}</span>
    </section>
  )
}
