import { systemClock } from '../../src/core/clock.ts'
import { startLagMonitor } from '../../src/probe/lag.ts'
import { probe } from '../../src/probe/probe.ts'
import { warmUp } from '../../src/probe/sdk.ts'
import { callFor } from './clients.ts'
import { chunks, type Crowd, streams } from './crowd.ts'
import { markOf, type Script } from './script.ts'

// Many probes at once in one process, which does nothing else: every event says whose it is and which.
const [url = ''] = process.argv.slice(2)
const lag = startLagMonitor(systemClock)
await warmUp(['openai'])
const before = process.memoryUsage().rss
let peak = before
const watching = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage().rss)
}, 100)
const seen = await Promise.all(
  Array.from({ length: streams }, async (_, index) => {
    const id = `crowd-${index}`
    // All are open before the first begins.
    const script: Script = { id, chunks, gapMs: 100, ttftMs: 4000 + (index % 100), mark: true }
    const { success, responseText } = await probe(callFor(url, script), {
      clock: systemClock,
      lag,
      env: {},
      egressAllow: [],
    })
    return { id, success, marks: (responseText ?? '').split(' ').filter(Boolean) }
  }),
)
clearInterval(watching)
const lostOf = ({ id, marks }: { id: string; marks: string[] }) => {
  const mine = new Set(marks)
  const due = Array.from({ length: chunks }, (_, sequence) => markOf(id, sequence).trim())
  return due.filter((mark) => !mine.has(mark)).length
}
const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0)
const crowd: Crowd = {
  lost: sum(seen.map(lostOf)),
  misattributed: sum(seen.map(({ id, marks }) => marks.filter((mark) => !mark.startsWith(`${id}:`)).length)),
  failed: seen.filter(({ success }) => !success).length,
  memoryPerStreamKiB: (peak - before) / streams / 1024,
}
process.send?.(crowd, () => process.exit())
