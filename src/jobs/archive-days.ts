import type { ArchiveStore, RegionCounts } from '../store/archive-store.ts'

/** A day (UTC) of results in the database, by region. */
export interface ResultDay {
  /** `2026-11-29`. */
  day: string
  regions: readonly RegionCounts[]
  /** Results from before this were pruned, and those that are there still came later, or wait for it. */
  prunedUntil: Date | null
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Before everything that was ever recorded. */
export const beginning = new Date('0001-01-01T00:00:00Z')

/** The beginning of the day of a moment, in UTC. */
export const dayOf = (moment: Date): Date => new Date(Math.floor(moment.getTime() / dayMs) * dayMs)

/** The beginning and the end of a day. */
export const boundsOf = (day: string): { since: Date; before: Date } => ({
  since: new Date(day),
  before: new Date(Date.parse(day) + dayMs),
})

/** Whether results of a day may have been pruned, so that an archive may have more of it than the database. */
export const isPruned = ({ day, prunedUntil }: Pick<ResultDay, 'day' | 'prunedUntil'>): boolean =>
  prunedUntil !== null && Date.parse(day) < prunedUntil.getTime()

/** The days that have results from a moment on and before another, an hour a question. Rejects with StoreError. */
export async function* resultDays(
  store: Pick<ArchiveStore, 'readArchiveHour'>,
  { since, before }: { since: Date; before: Date },
): AsyncGenerator<ResultDay> {
  let from = since
  let found = null as ResultDay | null
  while (from < before) {
    const { hour, regions, prunedUntil } = await store.readArchiveHour({ since: from, before })
    if (hour === null) break
    const day = hour.toISOString().slice(0, 10)
    if (found !== null && found.day !== day) {
      yield found
      found = null
    }
    found = { day, prunedUntil, regions: regions.reduce(added, [...(found?.regions ?? [])]) }
    from = new Date(hour.getTime() + hourMs)
  }
  if (found !== null) yield found
}

function added(sums: RegionCounts[], counts: RegionCounts): RegionCounts[] {
  const { region } = counts
  const sum = sums.find((each) => each.region === region)
  if (sum === undefined) return [...sums, counts]
  const both: RegionCounts = {
    region,
    rows: sum.rows + counts.rows,
    texts: sum.texts + counts.texts,
    timelines: sum.timelines + counts.timelines,
    digest: String(BigInt(sum.digest) + BigInt(counts.digest)),
  }
  return sums.map((each) => (each === sum ? both : each))
}
