/** What a queue of `slots` servers, first in first out, does with each arrival, in ms. */
export interface Served {
  wait: number
  /** After the arrival. */
  end: number
}

/**
 * The recursion of Kiefer and Wolfowitz (1955), for arrivals in order: each goes to the slot that is free first.
 * With one slot it is Lindley's. `serviceMs` may differ by request.
 */
export function serve(
  arrivals: readonly number[],
  slots: number,
  serviceMs: (index: number) => number,
): Served[] {
  const free = Array.from({ length: slots }, () => 0)
  return arrivals.map((arrival, index) => {
    const slot = free.indexOf(Math.min(...free))
    const start = Math.max(arrival, free[slot] ?? 0)
    const end = start + serviceMs(index)
    free[slot] = end
    return { wait: start - arrival, end }
  })
}
