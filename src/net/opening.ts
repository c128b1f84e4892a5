import type { Socket } from 'node:net'
import type { Clock } from '../core/clock.ts'

/** When a socket was opened: phases in ms; `start` and `t0` as `clock.now()`. */
export interface Opening {
  /** The start of connecting. */
  start: number
  /** The moment it was usable. */
  t0: number
  dnsMs: number | null
  tcpMs: number | null
  tlsMs: number | null
  connectMs: number | null
  /** Whether its socket had been opened by an earlier request: there are no phases then, and connecting took 0 ms. */
  reused: boolean
}

/** What stamping an opening takes. */
interface OpeningParts extends Pick<Clock, 'now'> {
  /** Whether the agent says that an earlier request had the socket; it may not be open yet, if that gave it up at once. */
  reused: boolean
  opened: () => void
}

/** Whether a socket can be written to. */
const isOpen = (socket: Socket): boolean =>
  !socket.connecting &&
  !('encrypted' in socket && 'secureConnecting' in socket && socket.secureConnecting === true)

/**
 * Stamps the phases of opening a socket, and calls back once it is usable. Through an https proxy it is already
 * open, without phases.
 */
export function stampOpening(socket: Socket, seen: Opening, { now, reused, opened }: OpeningParts): void {
  seen.reused = reused && isOpen(socket)
  let mark = seen.start
  const lap = (): number => {
    const from = mark
    mark = now()
    return mark - from
  }
  const usable = () => {
    seen.t0 = now()
    seen.connectMs = seen.reused ? 0 : seen.t0 - seen.start
    opened()
  }
  // It failed before we got it: the request is about to emit the error.
  if (socket.destroyed) return
  if (isOpen(socket)) return usable()
  const secure = 'encrypted' in socket
  socket.once('lookup', () => {
    seen.dnsMs = lap()
  })
  socket.once('connect', () => {
    seen.tcpMs = lap()
    if (!secure) usable()
  })
  socket.once('secureConnect', () => {
    // Through a tunnel the lap would be that of the proxy.
    if (seen.tcpMs !== null) seen.tlsMs = lap()
    usable()
  })
}
