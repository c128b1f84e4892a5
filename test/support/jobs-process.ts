import { buildApp } from '../../src/app.ts'
import { keepJobs } from '../../src/jobs/keep-jobs.ts'
import { cancelBenchmark } from '../../src/jobs/queue-benchmark.ts'
import { configuredProviders } from '../../src/registry/configure.ts'

/** A process of its own that cancels a run, or makes runs on demand until it is killed. Its environment says where. */
const [what = '', runId = ''] = process.argv.slice(2)
const app = buildApp(process.env)
if ('problems' in app) throw new Error(app.problems.join('\n'))
const never = new AbortController().signal
if (what === 'cancel') {
  const cancelled = await cancelBenchmark(runId, app)
  if ('refusal' in cancelled) throw new Error(cancelled.refusal.message)
} else {
  const { providers: configured } = configuredProviders(process.env)
  await keepJobs(app, { configured, stop: never, abort: never })
}
