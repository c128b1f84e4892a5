import type { Answer, Asked } from '../../api/client.ts'
import type { Run } from '../../api/run-queries.ts'
import { plural } from '../../format/words.ts'
import type { HistorySearch } from './search.ts'

type Gap = Answer<'GET /api/v1/gaps'>['rows'][number]

/** A line of the list: a run, or time in which there should have been one. */
export type Entry = { at: string; run: Run; gap: null } | { at: string; run: null; gap: Gap }

/** The first moment of a day in the zone of the viewer, some days later if asked. */
function startOf(day: string, later = 0): Date {
  const at = new Date(`${day}T00:00`)
  at.setDate(at.getDate() + later)
  return at
}

/** What the server filters runs by. */
export function queryOf(search: HistorySearch): NonNullable<Asked['query']> {
  const { q, provider, mode, trigger, status, since, until } = search
  return {
    q: q?.trim() === '' ? undefined : q?.slice(0, mostText),
    provider,
    mode,
    trigger,
    status: status === 'gap' ? 'missed' : status,
    since: since && startOf(since).toISOString(),
    until: until && startOf(until, 1).toISOString(),
  }
}

/** The longest text that the server searches for. */
const mostText = 200

/** Whether a gap could be among what is asked for: it has no name or model, and no trigger but the schedule. */
export const mayHaveGaps = ({ q, provider, mode, trigger, status }: HistorySearch): boolean =>
  q === undefined &&
  provider === undefined &&
  (mode ?? 'scheduled') === 'scheduled' &&
  (trigger ?? 'cron') === 'cron' &&
  (status ?? 'gap') === 'gap'

/** Runs and gaps, latest first. Slots that were recorded as missed are gaps; `since` is where the runs end. */
export function entriesOf(
  runs: readonly Run[],
  gaps: readonly Gap[],
  { since, until }: { since: string | null; until: string | null },
): Entry[] {
  const ofRuns = runs
    .filter(({ status }) => status !== 'missed')
    .map((run): Entry => ({ at: run.started_at, run, gap: null }))
  const ofGaps = gaps
    .filter((gap) => since === null || Date.parse(gap.until) >= Date.parse(since))
    .filter((gap) => until === null || Date.parse(gap.since) < Date.parse(until))
    .map((gap): Entry => ({ at: gap.since, run: null, gap }))
  return [...ofRuns, ...ofGaps].toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at))
}

/** The same by day of the viewer, each with what it has. */
export function daysOf(entries: readonly Entry[]) {
  const days = Map.groupBy(entries, ({ at }) => new Date(at).toDateString())
  return [...days.values()].map((rows) => {
    const runs = rows.filter(({ run }) => run !== null).length
    const slots = rows.reduce((total, { gap }) => total + (gap?.n_slots ?? 0), 0)
    const notes = [
      ...(runs > 0 ? [plural(runs, 'run')] : []),
      ...(slots > 0 ? [`${plural(slots, 'slot')} without a run`] : []),
    ]
    return { at: rows[0]?.at ?? '', note: notes.join(', '), rows }
  })
}
