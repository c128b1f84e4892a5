import type { App } from '../jobs/app.ts'
import { startBenchmark } from '../jobs/benchmark.ts'
import type { StartedBenchmark } from '../jobs/started-benchmark.ts'
import type { BenchmarkRequest } from '../jobs/request.ts'
import { exitCode } from './exit-code.ts'
import type { CommandFailure } from './failure.ts'
import { showBenchmark, type Shown } from './show-benchmark.ts'
import { probeAnnouncement, stoppable } from './stop.ts'

/** A request from a command line, which lacks only what stops it. */
type Asked = Omit<BenchmarkRequest, 'stop' | 'abort' | 'deadline'>

/** Follows a benchmark to its end in another way than the usual one; returns the exit code. */
type Show = (started: StartedBenchmark) => Promise<number>

/**
 * Makes a benchmark, shows it and returns its exit code, or why it cannot begin. `end` drops it as a person can.
 * Rejects with StoreError if the database fails before it begins.
 */
export const runBenchmark = (
  asked: Asked,
  app: App,
  { end = never, show, ...shown }: Shown & { end?: AbortSignal; show?: Show },
): Promise<number | CommandFailure> =>
  stoppable(async (asksTo) => {
    const stop = AbortSignal.any([asksTo.stop, end])
    const abort = AbortSignal.any([asksTo.abort, end])
    const started = await startBenchmark({ ...asked, stop, abort, deadline: null }, app)
    if ('refusal' in started) return { problem: started.refusal.message }
    try {
      const code = await (show?.(started) ?? showBenchmark(started, shown, { app, save: asked.save }))
      // If a person stops the wait for a database, the person ended the run, not the database.
      return stop.aborted && code === exitCode.notRecorded ? exitCode.interrupted : code
    } finally {
      await started.close()
    }
  }, probeAnnouncement(shown.streams.stderr))

const never = new AbortController().signal
