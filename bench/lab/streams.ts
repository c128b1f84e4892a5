import { availableParallelism } from 'node:os'
import { mostThreads, plannedThreads } from '../../src/lab/threads.ts'
import { openPool, type Pool } from '../../src/probe/pool.ts'
import { callFor } from '../accuracy/clients.ts'
import { markOf, type Script } from '../accuracy/script.ts'
import { startTruth } from '../accuracy/truth.ts'
import { atMost, type Goal, round } from '../goals.ts'
import type { Part } from '../parts.ts'

// Many streams at once, measured by one process as a sweep does it; the server is another. Every piece of text names its
// stream and its place in it, so that what is lost or goes to another stream shows.
const loads = [
  { streams: 512, perSecond: 50 },
  { streams: 2000, perSecond: 10 },
]

/** Measures streams that begin at once; how many of them were not exactly what was sent. */
async function wrongOf(pool: Pool, url: string, scripts: readonly Script[]): Promise<number> {
  const right = await Promise.all(
    scripts.map(async (script) => {
      const { responseText, success } = await pool.measure(callFor(url, script))
      const sent = Array.from({ length: script.chunks }, (_, place) => markOf(script.id, place)).join('')
      return success && responseText === sent
    }),
  )
  return right.filter((isRight) => !isRight).length
}

/** 512 streams at 50 tokens per second, and 2,000 at 10. */
export const streams: Part = async ({ short }) => {
  const seconds = short ? 1 : 4
  const truth = await startTruth()
  const figures: Record<string, unknown>[] = []
  const goals: Goal[] = []
  for (const { streams: n, perSecond } of loads) {
    const threads = plannedThreads([{ concurrency: n }], mostThreads(availableParallelism()))
    const pool = await openPool(threads, { sdks: ['openai'], env: {}, egressAllow: [] })
    const scripts = Array.from({ length: n }, (_, index): Script => {
      const gapMs = 1000 / perSecond
      return { id: `s${index}`, chunks: perSecond * seconds, gapMs, ttftMs: 500, mark: true }
    })
    const [cpu, began] = [process.cpuUsage(), performance.now()]
    const wrong = await wrongOf(pool, truth.url, scripts)
    const tookMs = performance.now() - began
    const { user, system } = process.cpuUsage(cpu)
    await pool.close()
    const events = n * perSecond * seconds
    figures.push({
      streams: n,
      'tokens/s each': perSecond,
      threads,
      events,
      'not as sent': wrong,
      'CPU ms per 1,000 events': round((user + system) / events),
      'took s': round(tookMs / 1000),
      'sent in s': 0.5 + seconds,
      'peak memory MiB': round(process.resourceUsage().maxRSS / 1024),
    })
    goals.push(atMost(`${n} streams: lost or mixed`, 0, wrong))
  }
  await truth.close()
  return { figures, goals }
}
