import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { ResultRow } from '../../src/core/row.ts'
import type { Sql } from '../../src/store/connection.ts'
import { openEmbedded } from '../../src/embedded/embedded.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import { median } from '../goals.ts'
import { planSynthetic, runSynthetic, startSynthetic } from '../synthetic/run.ts'
import { isLoaded, lastSlot, load, type Say, topUp } from './load.ts'
import { allReads, readSubjects } from './reads.ts'

export interface EmbeddedFigures {
  /** Medians in ms. */
  reads: { name: string; ms: number }[]
  /**
   * The share of results whose timing is `ok`: of those made alone, beside a process that reads like a busy
   * dashboard, and beside one that never pauses.
   */
  okAlone: number
  okBeside: number
  okFlooded: number
  reasons: string[]
}

const repetitions = 3
const targets = 20
/** Between two reads of a busy dashboard. */
const pauseMs = 250

/** The same reads of the embedded database, and what they do to a run beside them. */
export async function measureEmbedded(dir: string, rows: number, say: Say): Promise<EmbeddedFigures> {
  const sql = await openEmbedded({ dir })
  try {
    const more = { until: lastSlot(), chunkDays: 3, say }
    if (await isLoaded(sql, rows)) await topUp(sql, more)
    else await load(sql, { rows, ...more })
    const reads = await timeReads(sql, say)
    const { provider, close } = await startSynthetic()
    try {
      const run = () => runSynthetic(planSynthetic(provider, targets), provider, createSqlStore(sql))
      const alone = await run()
      const beside = await whileReading(dir, pauseMs, run)
      const flooded = await whileReading(dir, 0, run)
      say('runs beside the reads are measured')
      const reasons = beside.flatMap(({ timing_reasons }) => timing_reasons)
      return {
        reads,
        okAlone: shareOk(alone),
        okBeside: shareOk(beside),
        okFlooded: shareOk(flooded),
        reasons,
      }
    } finally {
      await close()
    }
  } finally {
    await sql.close()
  }
}

const shareOk = (results: readonly ResultRow[]) =>
  results.filter(({ timing_quality }) => timing_quality === 'ok').length / targets

async function timeReads(sql: Sql, say: Say): Promise<EmbeddedFigures['reads']> {
  const figures: EmbeddedFigures['reads'] = []
  for (const { name, text } of allReads(await readSubjects(sql))) {
    const times: number[] = []
    for (let n = 0; n <= repetitions; n += 1) {
      const began = performance.now()
      await sql.query(text)
      times.push(performance.now() - began)
    }
    const ms = median(times.slice(1))
    say(`embedded: ${name}: ${Math.round(ms)} ms`)
    figures.push({ name, ms })
  }
  return figures
}

/** Does something while another process reads the database. */
async function whileReading<T>(dir: string, pauseBetweenMs: number, action: () => Promise<T>): Promise<T> {
  const reader = spawn(
    process.execPath,
    ['--import', 'tsx', join(import.meta.dirname, 'read-process.ts'), dir, String(pauseBetweenMs)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const ended = once(reader, 'exit')
  try {
    await Promise.race([once(reader.stdout, 'data'), ended])
    if (reader.exitCode !== null) throw new Error('the reader ended before it read anything')
    return await action()
  } finally {
    reader.kill('SIGTERM')
    await ended
  }
}
