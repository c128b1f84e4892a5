import { once } from 'node:events'
import { schedule as every } from 'node-cron'
import type { App } from '../jobs/app.ts'
import type { ScheduledJob } from '../jobs/schedule.ts'
import { printable } from '../report/format.ts'
import { StoreError } from '../store/store.ts'
import { exitCode } from './exit-code.ts'
import { refuse, storeRefusal } from './failure.ts'
import type { JobStarters } from './job-starters.ts'
import { stoppable } from './stop.ts'
import type { Streams } from './streams.ts'

/** What the schedule is kept with. */
interface Keeping {
  starters: JobStarters
  streams: Streams
  app: Pick<App, 'log'>
}

/**
 * Starts jobs at every fire time until a signal comes, and finishes the job in hand. Jobs run one at a time,
 * because a sync would disturb what is measured.
 */
export async function keepSchedule(
  jobs: readonly ScheduledJob[],
  { starters, streams, app: { log } }: Keeping,
): Promise<number> {
  let running: Promise<unknown> = Promise.resolve()
  const start = async ({ name, job }: ScheduledJob, firedFor: Date) => {
    try {
      await starters[job](firedFor)
    } catch (error) {
      // One failure must not end the schedule.
      if (error instanceof StoreError) refuse(storeRefusal(error, log), { json: false, streams })
      else {
        log.error({ err: error }, `the ${name} failed`)
        streams.stderr.write(`firsttoken: the ${name} failed: ${printable(String(error))}\n`)
      }
    }
  }
  const tasks = jobs.map((job) => {
    const queue = ({ date }: { date: Date }) => (running = running.then(() => start(job, date)))
    const task = every(job.cron, queue, { timezone: 'UTC', noOverlap: true })
    const next = task.getNextRun()?.toISOString() ?? 'never'
    streams.stderr.write(`${job.name}: ${job.cron} (UTC), next at ${next}\n`)
    return task
  })
  streams.stderr.write('Ctrl-C ends it\n')
  // A second signal must not end the job in hand: one key press may come twice.
  return stoppable(async ({ stop }) => {
    await once(stop, 'abort')
    for (const task of tasks) await task.destroy()
    await running
    return exitCode.ok
  })
}
