import type { Run } from '../../api/run-queries.ts'
import { clock, day } from '../../format/time.ts'
import { useNow } from '../../ui/clock.ts'
import { Picks as Picked } from '../../ui/picks.tsx'
import { titleOf } from '../../ui/run-words.ts'
import { useHistorySearch } from './filters.tsx'

/** The runs that are chosen to be compared. */
export function Picks({ runs, picks }: { runs: readonly Run[]; picks: readonly string[] }) {
  const change = useHistorySearch()
  const now = useNow()
  const nameOf = (id: string): string => {
    const run = runs.find((each) => each.id === id)
    return run === undefined
      ? id.slice(0, 8)
      : `${titleOf(run)}, ${day(run.started_at, now)} ${clock(run.started_at)}`
  }
  return (
    <Picked
      one="run"
      several="Runs"
      picks={picks}
      nameOf={nameOf}
      to={(before, after) => ({ to: '/history/compare', search: { before, after } })}
      onClear={() => change({ pick: undefined })}
    />
  )
}
