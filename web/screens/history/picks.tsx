import { Link } from '@tanstack/react-router'
import type { Run } from '../../api/run-queries.ts'
import { clock, day } from '../../format/time.ts'
import { Button } from '../../ui/button.tsx'
import { useNow } from '../../ui/clock.ts'
import { titleOf } from '../../ui/run-words.ts'
import { useHistorySearch } from './filters.tsx'
import styles from './history.module.css'

/** The runs that are chosen to be compared, at the foot of the page; the older one is what was before. */
export function Picks({ runs, picks }: { runs: readonly Run[]; picks: readonly string[] }) {
  const change = useHistorySearch()
  const now = useNow()
  if (picks.length === 0) return null
  // Ids begin with their time.
  const [before, after] = picks.toSorted()
  const nameOf = (id: string): string => {
    const run = runs.find((each) => each.id === id)
    return run === undefined
      ? id.slice(0, 8)
      : `${titleOf(run)}, ${day(run.started_at, now)} ${clock(run.started_at)}`
  }
  return (
    <section className={styles.picks} aria-label="Runs to compare">
      <span>
        {before !== undefined && nameOf(before)}
        {after === undefined ? (
          <span className={styles.mute}> · choose another run to compare it with</span>
        ) : (
          <>
            <span className={styles.mute}> and </span>
            {nameOf(after)}
          </>
        )}
      </span>
      {before !== undefined && after !== undefined && (
        <Link to="/history/compare" search={{ before, after }} className={styles.compare}>
          Compare
        </Link>
      )}
      <Button kind="quiet" onClick={() => change({ pick: undefined })}>
        Clear
      </Button>
    </section>
  )
}
