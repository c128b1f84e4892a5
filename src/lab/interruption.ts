import type { LevelRow } from './level-rows.ts'

/** A call as far as it shows when its worker was at work. */
type WorkedRow = Pick<LevelRow, 'worker' | 'started_at' | 'queue_ms' | 'connect_ms' | 'total_latency_ms'>

/**
 * For how long nobody worked on a level that one worker left and another took over, in ms: from the last end of
 * the one to the first beginning of the other. Null if one made it all, or that is not known.
 */
export function interruptedMs(rows: readonly WorkedRow[]): number | null {
  const known = rows.filter(({ worker = null }) => worker !== null)
  const [first, ...others] = [...Map.groupBy(known, ({ worker }) => worker).values()]
    .map(spanOf)
    .toSorted((a, b) => a.from - b.from)
  if (first === undefined || others.length === 0) return null
  let until = first.to
  return others.reduce((sum, { from, to }) => {
    const gap = Math.max(0, from - until)
    until = Math.max(until, to)
    return sum + gap
  }, 0)
}

/** From the first beginning of some calls to their last end. */
const spanOf = (rows: readonly WorkedRow[]): { from: number; to: number } => ({
  from: rows.reduce((first, row) => Math.min(first, Date.parse(row.started_at)), Infinity),
  to: rows.reduce((last, row) => Math.max(last, endOf(row)), -Infinity),
})

const endOf = ({ started_at, queue_ms, connect_ms, total_latency_ms }: WorkedRow): number =>
  Date.parse(started_at) + (queue_ms ?? 0) + (connect_ms ?? 0) + total_latency_ms
