import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A way to a real Postgres that can be cut and restored: open connections are lost, and new ones refused. */
export interface Bridge {
  url: string
  cut: () => void
  mend: () => void
  close: () => Promise<void>
}

/** Opens a bridge on a port of its own. */
export async function openBridge(databaseUrl: string): Promise<Bridge> {
  const target = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let broken = false
  const server: Server = createServer((near) => {
    if (broken) {
      near.destroy()
      return
    }
    const far = connect(Number(target.port), target.hostname)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket))
    }
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  const url = new URL(databaseUrl)
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: url.href,
    cut: () => {
      broken = true
      for (const socket of sockets) socket.destroy()
    },
    mend: () => (broken = false),
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((closed) => server.close(closed))
    },
  }
}
