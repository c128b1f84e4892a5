import { percentile } from '../core/statistics.ts'

/** How long before a request is due its socket is opened, by how long sockets took to open lately. */
export interface ConnectLead {
  /** In ms. */
  ms: () => number
  /** A socket took so long; null if it never opened. */
  took: (connectMs: number | null) => void
}

/**
 * In ms. At least, although sockets may open at once, so that a call of this thread's that takes long makes no request
 * late; and at most, because a probe is claimed a second ahead.
 */
const leastMs = 250
const mostMs = 900
/** Sockets that are looked back at. */
const remembered = 100

/** Twice the 99th percentile of the latest sockets: opening earlier costs nothing but the slot, opening later makes a request late. */
export function openConnectLead(): ConnectLead {
  const latest: number[] = []
  return {
    ms: () => Math.min(mostMs, Math.max(leastMs, 2 * (percentile(latest, 0.99) ?? 0))),
    took: (connectMs) => {
      if (connectMs === null) return
      latest.push(connectMs)
      if (latest.length > remembered) latest.shift()
    },
  }
}
