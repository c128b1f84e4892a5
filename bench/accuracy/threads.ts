import { percentile } from '../../src/core/statistics.ts'
import { measureLateness } from '../../src/probe/lateness.ts'
import { openPool } from '../../src/probe/pool.ts'
import { median, round } from '../goals.ts'
import { callFor } from './clients.ts'
import { block } from './windows.ts'

// What measuring in a thread of its own buys, where the main thread is blocked for 25 ms every 200 ms.
const repetitions = 3
const streams = 16

interface Lateness {
  where: string
  p50: number
  p95: number
  p99: number
}

/** From the server's write to our stamp, measured in the main thread and in one beside it; medians. */
export async function measureThreads(url: string): Promise<Lateness[]> {
  const pool = await openPool(1, { sdks: ['openai'], env: {}, egressAllow: [] })
  const blocking = setInterval(() => block(25), 200)
  const places = [
    {
      where: 'the main thread',
      measure: (id: string) => measureLateness(call(url, id), { env: {}, egressAllow: [] }),
    },
    { where: 'a thread of its own', measure: (id: string) => pool.lateness(call(url, id)) },
  ].map((place) => ({ ...place, rows: [] as Omit<Lateness, 'where'>[] }))
  try {
    for (let repetition = 0; repetition < repetitions; repetition += 1) {
      for (const { measure, rows } of places) {
        const ids = Array.from({ length: streams }, (_, index) => `thread-${index}`)
        const late = (await Promise.all(ids.map(measure))).flatMap(({ lateMs }) => lateMs)
        const at = (p: number) => percentile(late, p) ?? NaN
        rows.push({ p50: at(0.5), p95: at(0.95), p99: at(0.99) })
      }
    }
  } finally {
    clearInterval(blocking)
    await pool.close()
  }
  return places.map(({ where, rows }) => ({
    where,
    p50: median(rows.map(({ p50 }) => p50)),
    p95: median(rows.map(({ p95 }) => p95)),
    p99: median(rows.map(({ p99 }) => p99)),
  }))
}

const call = (url: string, id: string) => callFor(url, { id, chunks: 50, gapMs: 20, ttftMs: 300 })

/** The rows as a table. */
export const threadFigures = (rows: readonly Lateness[]): Record<string, unknown>[] =>
  rows.map(({ where, p50, p95, p99 }) => ({
    what: 'error in ms, main thread blocked 25 of 200 ms',
    client: `in ${where}`,
    p50: round(p50),
    p95: round(p95),
    p99: round(p99),
  }))
