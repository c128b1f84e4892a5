import { availableParallelism } from 'node:os'
import type { Calibration } from '../core/calibration.ts'
import { measureLateness } from '../probe/lateness.ts'
import { openPool } from '../probe/pool.ts'
import type { Call } from '../probe/probe.ts'
import { warmUp } from '../probe/sdk.ts'
import { printable } from '../report/format.ts'
import { calibrateLevel, type Level, levels, quickLevels } from '../run/calibrate.ts'
import { startSyntheticWorker } from '../synthetic/worker.ts'
import type { Stop } from './stop.ts'

/** What the measurement needs. */
interface ClockParts extends Stop {
  /** A tenth of the streams. */
  quick: boolean
  uuid: () => string
  host: string
}

/** Concurrent streams of each level. */
export const concurrencies = levels.map(({ concurrency }) => concurrency)

/** The cores of this machine. */
export const cores = availableParallelism()

/** Concurrent streams from which on worker threads measure them. */
const manyStreams = 16

/** Worker threads of a level, 0 for the main thread; one core is left to the server. */
const threadsFor = ({ concurrency }: Level): number =>
  concurrency < manyStreams ? 0 : Math.min(8, Math.max(1, cores - 1))

/**
 * Measures the clock error level by level. The server has its own thread, and no open database can disturb.
 */
export async function measureClock(
  { quick, uuid, host, stop, abort }: ClockParts,
  tell: (progress: string) => unknown,
): Promise<Calibration[] | { problem: string }> {
  const server = await startSyntheticWorker()
  try {
    await warmUp(['openai'])
    const calibrations: Calibration[] = []
    for (const level of quick ? quickLevels : levels) {
      if (stop.aborted) break
      tell(`measuring ${level.streams} streams, ${level.concurrency} at once`)
      const threads = threadsFor(level)
      const measured = await measureLevel(level, { baseUrl: server.url, threads, stop, abort })
      if ('problem' in measured)
        return { problem: `${level.concurrency} streams at once: ${printable(measured.problem)}` }
      if (measured.lost > 0)
        tell(`firsttoken: ${measured.lost} of ${level.streams} streams were lost and left out`)
      const about = { id: uuid(), host, nodeVersion: process.version }
      calibrations.push({ ...about, ...measured.errors, threads })
    }
    return calibrations
  } finally {
    await server.close()
  }
}

interface LevelParts extends Stop {
  baseUrl: string
  threads: number
}

async function measureLevel(level: Level, { baseUrl, threads, stop, abort }: LevelParts) {
  const parts = { env: {}, egressAllow: [] }
  if (threads === 0) {
    const lateness = (call: Call) => measureLateness(call, { ...parts, signal: abort })
    return calibrateLevel(level, { baseUrl, stop, lateness })
  }
  const pool = await openPool(threads, { ...parts, sdks: ['openai'] })
  try {
    return await calibrateLevel(level, { baseUrl, stop, lateness: (call) => pool.lateness(call, abort) })
  } finally {
    await pool.close()
  }
}
