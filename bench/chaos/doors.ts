import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** An address that stays while what is behind it goes, comes back elsewhere, or cannot be reached. */
export interface Door {
  port: number
  /** Connects to this port from now on; null refuses, and breaks what is open. */
  lead: (to: number | null) => void
  /** Connections so far. */
  opened: () => number
  close: () => void
}

/** Opens one on loopback. */
export async function openDoor(to: number): Promise<Door> {
  let target: number | null = to
  const open = new Set<Socket>()
  let opened = 0
  const keep = (socket: Socket) => {
    open.add(socket)
    socket.on('error', () => socket.destroy()).once('close', () => open.delete(socket))
  }
  const server = createServer((socket) => {
    opened += 1
    keep(socket)
    if (target === null) {
      socket.resetAndDestroy()
      return
    }
    const behind = connect(target, '127.0.0.1')
    keep(behind)
    socket.pipe(behind).pipe(socket)
    socket.once('close', () => behind.destroy())
    behind.once('close', () => socket.destroy())
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const lead = (next: number | null) => {
    target = next
    if (next === null) for (const socket of open) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    lead,
    opened: () => opened,
    close: () => {
      lead(null)
      server.close()
    },
  }
}
