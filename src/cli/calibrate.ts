import { availableParallelism } from 'node:os'
import { z } from 'zod'
import type { Calibration } from '../core/calibration.ts'
import { measureLateness } from '../probe/lateness.ts'
import { openPool } from '../probe/pool.ts'
import { warmUp } from '../probe/sdk.ts'
import { calibrationHeading, calibrationTable } from '../report/calibration.ts'
import { printable } from '../report/format.ts'
import { calibrateLevel, type Level, levels, quickLevels } from '../run/calibrate.ts'
import { toColumns } from '../store/columns.ts'
import { startSyntheticWorker } from '../synthetic/worker.ts'
import type { App } from '../jobs/app.ts'
import { exitCode } from './exit-code.ts'
import type { Streams } from './streams.ts'
import { defineCommand, withStore } from './command.ts'
import { type Refusal, storeRefusal } from './failure.ts'
import { yes } from './flags.ts'
import { probeAnnouncement, type Stop, stoppable } from './stop.ts'

const help = `Measure how exactly this machine measures, against a synthetic provider that writes the time into every event.

Usage: pnpm tsx scripts/calibrate.ts [options]

  --quick               a tenth of the streams: some 6 s in place of 35
  --no-save             record nothing
  --json                one JSON document {calibrations} on stdout, nothing else
  --help                this text

It prints how late the first token (TTFT) and every chunk were stamped, with ${levels.map(({ concurrency }) => concurrency).join(', ')} streams at once, and
records it; runs on this machine show it beside their results. Up to 15 streams are measured in the main thread, as a run
does; more in threads of their own.

Exit codes: 0 done, 1 no stream could be measured, 2 bad usage or configuration, 3 it could not be recorded, 130 interrupted.
`

/** From so many streams at once on they are measured in threads of their own. */
const manyStreams = 16

/** The other streams' threads; one core is left to the server. */
const threadsFor = ({ concurrency }: Level): number =>
  concurrency < manyStreams ? 0 : Math.min(8, Math.max(1, availableParallelism() - 1))

const flags = z.object({ quick: yes, noSave: yes, json: yes })
type Flags = z.output<typeof flags>

/** `calibrate`: measures the clock of this machine, shows and records what it found. */
export const calibrate = defineCommand({
  name: 'calibrate',
  help,
  flags,
  needs: 'app',
  run: (asked, { app, streams }) =>
    stoppable(
      (stop) => calibrateOnce({ app, flags: asked, streams, ...stop }),
      probeAnnouncement(streams.stderr),
    ),
})

interface Session extends Stop {
  app: App
  flags: Flags
  streams: Streams
}

async function calibrateOnce(session: Session): Promise<number | Refusal> {
  const { app, flags: asked, streams, stop } = session
  const calibrations = await measureAll(session)
  if (stop.aborted) return exitCode.interrupted
  if ('problem' in calibrations) return { ...calibrations, code: exitCode.allFailed }
  show(calibrations, session)
  if (asked.noSave) return exitCode.ok
  try {
    await withStore(app.store.open, async (store) => {
      for (const each of calibrations) await store.recordCalibration(each)
    })
  } catch (error) {
    return { ...storeRefusal(error, app.log), stderrOnly: true }
  }
  if (!asked.json) streams.stdout.write(`\nrecorded in ${app.store.name}\n`)
  return exitCode.ok
}

/** Measures level by level. The server has a thread of its own, and no database is open that could disturb. */
async function measureAll(session: Session): Promise<Calibration[] | { problem: string }> {
  const { app, flags: asked, streams, stop } = session
  const server = await startSyntheticWorker()
  try {
    await warmUp(['openai'])
    const calibrations: Calibration[] = []
    for (const level of asked.quick ? quickLevels : levels) {
      if (stop.aborted) break
      streams.stderr.write(`measuring ${level.streams} streams, ${level.concurrency} at once\n`)
      const threads = threadsFor(level)
      const measured = await measureLevel(level, { baseUrl: server.url, threads, session })
      if ('problem' in measured)
        return { problem: `${level.concurrency} streams at once: ${printable(measured.problem)}` }
      if (measured.lost > 0)
        streams.stderr.write(
          `firsttoken: ${measured.lost} of ${level.streams} streams were lost and left out\n`,
        )
      const about = { id: app.uuid(), host: app.host, nodeVersion: process.version }
      calibrations.push({ ...about, ...measured.errors, threads })
    }
    return calibrations
  } finally {
    await server.close()
  }
}

interface How {
  baseUrl: string
  threads: number
  session: Session
}

async function measureLevel(level: Level, { baseUrl, threads, session }: How) {
  const { stop, abort } = session
  const parts = { env: {}, egressAllow: [], signal: abort }
  if (threads === 0)
    return calibrateLevel(level, { baseUrl, stop, lateness: (call) => measureLateness(call, parts) })
  const pool = await openPool(threads, { ...parts, sdks: ['openai'] })
  try {
    return await calibrateLevel(level, { baseUrl, stop, lateness: pool.lateness })
  } finally {
    await pool.close()
  }
}

function show(calibrations: Calibration[], { flags: asked, streams }: Session): void {
  if (asked.json) {
    streams.stdout.write(`${JSON.stringify({ calibrations: calibrations.map(toColumns) }, null, 2)}\n`)
    return
  }
  const [first] = calibrations
  const heading = first && calibrationHeading({ ...first, cores: availableParallelism() })
  streams.stdout.write(`${heading}\n\n${calibrationTable(calibrations)}\n`)
}
