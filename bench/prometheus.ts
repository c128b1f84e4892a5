import { runParts } from './parts.ts'
import { proxyPart } from './prometheus/proxy.ts'
import { serverPart } from './prometheus/server.ts'

// A real Prometheus takes in what we show (PROMETHEUS has the path of its executable, if it is not on the PATH).
await runParts('prometheus', {
  server: { name: 'a real Prometheus, and the metrics of a server', part: serverPart },
  proxy: { name: 'a real Prometheus, and the metrics of a proxy under load', part: proxyPart },
})
