import type { ConfiguredProvider } from '../core/provider.ts'
import type { App } from '../jobs/app.ts'
import type { RunSetup } from '../jobs/request.ts'
import { scheduleOf } from '../jobs/schedule.ts'
import { setAlarm } from './alarm.ts'
import { startersOf } from './job-starters.ts'
import { keepSchedule } from './keep-schedule.ts'
import type { Streams } from './streams.ts'

/** What the scheduled jobs of an installation are kept with. */
interface Keeping {
  configured: readonly ConfiguredProvider[]
  streams: Streams
  quiet: boolean
  /** Threads to measure in; in this thread without. */
  pool?: NonNullable<RunSetup['pool']>
}

/** Starts every scheduled job at its times, until a signal comes; gives the exit code. */
export function keepJobs(app: App, { configured, streams, quiet, pool }: Keeping): Promise<number> {
  const starters = startersOf({ app, configured, streams, quiet, ...(pool && { pool }) })
  // The synthetic provider has nothing to sync.
  const real = configured.some((each) => !each.synthetic)
  const jobs = scheduleOf(app.config).filter(({ job }) => real || job !== 'sync-models')
  return keepSchedule(jobs, { starters, streams, app, setAlarm })
}
