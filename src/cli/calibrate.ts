import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { messageOf } from '../core/error.ts'
import type { Calibration } from '../core/calibration.ts'
import { measureLateness } from '../probe/lateness.ts'
import { openPool } from '../probe/pool.ts'
import { warmUp } from '../probe/sdk.ts'
import { calibrationHeading, calibrationTable } from '../report/calibration.ts'
import { printable } from '../report/format.ts'
import { calibrateLevel, type Level, levels, quickLevels } from '../run/calibrate.ts'
import { toColumns } from '../store/columns.ts'
import { StoreError } from '../store/store.ts'
import { startSyntheticWorker } from '../synthetic/worker.ts'
import { type App, exitCode, type OpenApp, type Streams } from './app.ts'
import { interruption, type Interruption } from './interrupt.ts'
import { tolerateLostOutput } from './streams.ts'

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

/** `calibrate`: measures the clock of this machine, shows and records what it found. Returns the exit code. */
export async function calibrate(
  argv: string[],
  openApp: OpenApp,
  streams: Streams = process,
): Promise<number> {
  tolerateLostOutput(streams)
  const flags = readFlags(argv)
  if ('problem' in flags) return fail(`${flags.problem}; --help lists the options`, streams)
  if (flags.help) {
    streams.stdout.write(help)
    return exitCode.ok
  }
  const app = openApp()
  if ('problems' in app) return fail(app.problems.join('\n'), streams)
  const interrupt = interruption(streams.stderr)
  try {
    const calibrations = await measureAll({ app, flags, streams, interrupt })
    if (interrupt.stop.aborted) return exitCode.interrupted
    if ('problem' in calibrations) return fail(calibrations.problem, streams, exitCode.allFailed)
    show(calibrations, { flags, streams })
    return flags['no-save'] ? exitCode.ok : await record(calibrations, { app, flags, streams })
  } finally {
    interrupt.close()
  }
}

interface Session {
  app: App
  flags: Flags
  streams: Streams
  interrupt: Interruption
}

/** Measures level by level. The server has a thread of its own, and no database is open that could disturb. */
async function measureAll(session: Session): Promise<Calibration[] | { problem: string }> {
  const { app, flags, streams, interrupt } = session
  const server = await startSyntheticWorker()
  try {
    await warmUp(['openai'])
    const calibrations: Calibration[] = []
    for (const level of flags.quick ? quickLevels : levels) {
      if (interrupt.stop.aborted) break
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
  const { stop, abort } = session.interrupt
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

interface Shown {
  flags: Flags
  streams: Streams
}

function show(calibrations: Calibration[], { flags, streams }: Shown): void {
  if (flags.json) {
    streams.stdout.write(`${JSON.stringify({ calibrations: calibrations.map(toColumns) }, null, 2)}\n`)
    return
  }
  const [first] = calibrations
  const heading = first && calibrationHeading({ ...first, cores: availableParallelism() })
  streams.stdout.write(`${heading}\n\n${calibrationTable(calibrations)}\n`)
}

async function record(
  calibrations: Calibration[],
  { app, flags, streams }: Shown & { app: App },
): Promise<number> {
  try {
    const store = await app.store.open()
    try {
      for (const each of calibrations) await store.recordCalibration(each)
    } finally {
      await store.close()
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    app.log.error({ kind: error.kind, code: error.code }, error.message)
    return fail(error.message, streams, exitCode.notRecorded)
  }
  if (!flags.json) streams.stdout.write(`\nrecorded in ${app.store.name}\n`)
  return exitCode.ok
}

function fail(problem: string, { stderr }: Streams, code: number = exitCode.usage): number {
  stderr.write(`firsttoken: ${problem.split('\n').map(printable).join('\n')}\n`)
  return code
}

const options = {
  quick: { type: 'boolean', default: false },
  'no-save': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

type Flags = Record<keyof typeof options, boolean>

function readFlags(argv: string[]): Flags | { problem: string } {
  try {
    return parseArgs({ args: argv, options }).values
  } catch (error) {
    return { problem: messageOf(error).split('. ')[0] ?? '' }
  }
}
