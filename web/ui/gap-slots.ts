/** A gap as the API tells it: from the first slot without a run to the last one. */
interface Gap {
  schedule: string | null
  since: string
  until: string
  n_slots: number
}

/** Time in equal slots: the first begins at `t0`. */
interface Slots {
  t0: string
  step_s: number
  n: number
}

const minuteMs = 60_000
/** What a gap of one slot, whose schedule cannot be told from it, is taken to last. */
const leastMs = 15 * minuteMs

/** When the slot that was missed last was over. */
const endOf = ({ since, until, n_slots: n }: Gap): number => {
  const [from, to] = [Date.parse(since), Date.parse(until)]
  return to + (n > 1 ? (to - from) / (n - 1) : leastMs)
}

/** The share of each slot in which no schedule measured, 0 to 1, to a quarter of an hour. Gaps of one schedule are none while another kept its time. */
export function gapShares(gaps: readonly Gap[], { t0, step_s: step, n }: Slots, schedules: number): number[] {
  const parts = Math.max(1, Math.round((step * 1000) / leastMs))
  const partMs = (step * 1000) / parts
  const start = Date.parse(t0)
  const missed = Array.from({ length: n * parts }, () => new Set<string | null>())
  for (const gap of gaps) {
    const first = Math.max(0, Math.round((Date.parse(gap.since) - start) / partMs))
    const end = Math.min(missed.length, Math.round((endOf(gap) - start) / partMs))
    for (let at = first; at < end; at++) missed[at]?.add(gap.schedule)
  }
  const isGap = missed.map(({ size }) => size >= Math.max(1, schedules))
  return Array.from(
    { length: n },
    (_, slot) => isGap.slice(slot * parts, (slot + 1) * parts).filter(Boolean).length / parts,
  )
}
