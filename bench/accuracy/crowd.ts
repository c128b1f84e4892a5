import { systemClock } from '../../src/core/clock.ts'
import type { LagMonitor } from '../../src/probe/lag.ts'
import { probe } from '../../src/probe/probe.ts'
import type { Goal } from '../goals.ts'
import { callFor } from './clients.ts'
import { markOf, type Script } from './script.ts'

// Many probes at once in one process: every event says whose it is and which.
const streams = 1000
const chunks = 40

interface Crowd {
  lost: number
  misattributed: number
  notOk: number
  memoryPerStreamKiB: number
}

/** 1,000 streams of 10 chunks a second. */
export async function measureCrowd(url: string, lag: LagMonitor): Promise<Crowd> {
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
      const result = await probe(callFor(url, script), { clock: systemClock, lag, env: {} })
      return { id, result }
    }),
  )
  clearInterval(watching)
  let lost = 0
  let misattributed = 0
  for (const { id, result } of seen) {
    const marks = (result.responseText ?? '').split(' ').filter(Boolean)
    const mine = new Set(marks)
    misattributed += marks.filter((mark) => !mark.startsWith(`${id}:`)).length
    lost += Array.from({ length: chunks }, (_, sequence) => markOf(id, sequence).trim()).filter(
      (mark) => !mine.has(mark),
    ).length
  }
  const notOk = seen.filter(({ result }) => !result.success).length
  return { lost, misattributed, notOk, memoryPerStreamKiB: (peak - before) / streams / 1024 }
}

/** The crowd as a table. */
export const crowdFigures = (crowd: Crowd): Record<string, unknown>[] => [
  {
    what: `memory per stream of ${streams} streams at once, KiB`,
    n: Math.round(crowd.memoryPerStreamKiB),
  },
]

/** What it must show. */
export const crowdGoals = ({ lost, misattributed, notOk }: Crowd): Goal[] => [
  none(`chunks lost of ${streams} streams of 10 a second`, lost),
  none('chunks given to another stream', misattributed),
  none('streams that failed', notOk),
]

const none = (name: string, measured: number): Goal => ({ name, limit: '0', measured, holds: measured === 0 })
