import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pauseMs, pausesAfterMs, serviceMs } from './pause.ts'

// A server that answers after 5 ms, but two seconds after its first request for one second nothing. It reports its port.
let began: number | null = null
const server = createServer(({ url }, response) => {
  const now = performance.now()
  if (url === '/') began ??= now
  // Whoever warms up asks for something else.
  if (began === null) {
    response.end('x')
    return
  }
  const at = now - began - pausesAfterMs
  setTimeout(() => response.end('x'), serviceMs + (at >= 0 && at < pauseMs ? pauseMs - at : 0))
})
server.keepAliveTimeout = 65_000
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
