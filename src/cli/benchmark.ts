import type { App } from '../jobs/app.ts'
import { startBenchmark } from '../jobs/benchmark.ts'
import type { BenchmarkRequest } from '../jobs/request.ts'
import { exitCode } from './exit-code.ts'
import { refuse } from './failure.ts'
import { showBenchmark, type Shown } from './show-benchmark.ts'
import { probeAnnouncement, stoppable } from './stop.ts'

/** What a benchmark is asked for on a command line; what stops it is not among it. */
type Asked = Omit<BenchmarkRequest, 'stop' | 'abort' | 'deadline'>

/** Makes a benchmark, shows it and returns its exit code. Rejects with StoreError if the database fails before it begins. */
export const runBenchmark = (asked: Asked, app: App, shown: Shown): Promise<number> =>
  stoppable(async ({ stop, abort }) => {
    const started = await startBenchmark({ ...asked, stop, abort, deadline: null }, app)
    if ('refusal' in started) return refuse({ problem: started.refusal.message }, shown)
    try {
      const code = await showBenchmark(started, shown, { app, save: asked.save })
      // Whoever stops the wait for a database has ended the run, rather than the database.
      return stop.aborted && code === exitCode.notRecorded ? exitCode.interrupted : code
    } finally {
      await started.close()
    }
  }, probeAnnouncement(shown.streams.stderr))
