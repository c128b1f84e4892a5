import type { App } from '../jobs/app.ts'
import { fileMissed } from '../jobs/file-missed.ts'
import type { ScheduledJob } from '../jobs/schedule.ts'
import { messageOf } from '../core/error.ts'
import { dialectNotes } from '../run/cron-dialect.ts'
import { nextSlot } from '../run/slot.ts'
import { beginVigil, type Decision, decide, type Due } from '../run/vigil.ts'
import { printable } from '../report/format.ts'
import { StoreError } from '../store/store.ts'
import type { SetAlarm } from './alarm.ts'
import { exitCode } from './exit-code.ts'
import { refuse, storeRefusal } from './failure.ts'
import type { JobStarters } from './job-starters.ts'
import { stoppable } from './stop.ts'
import type { Streams } from './streams.ts'

/** What the schedule is kept with. */
interface Keeping {
  starters: JobStarters
  streams: Streams
  app: Pick<App, 'config' | 'clock' | 'spool' | 'store' | 'uuid' | 'log'>
  setAlarm: SetAlarm
}

/** The job in hand, and what ends it. */
interface Hand {
  isOver: boolean
  end: AbortController
}

/**
 * Starts jobs at every fire time until a signal comes, and finishes the job in hand; gives the exit code. Jobs run one at a time,
 * because a sync would disturb what is measured.
 */
export function keepSchedule(jobs: readonly ScheduledJob[], keeping: Keeping): Promise<number> {
  const { app, setAlarm, streams } = keeping
  const reading = () => ({ now: app.clock.now(), date: app.clock.date() })
  for (const job of jobs) streams.stderr.write(announcement(job, app.clock.date()))
  streams.stderr.write('Ctrl-C ends it\n')
  // A second signal must not end the job in hand: one key press may come twice.
  return stoppable(async ({ stop }) => {
    let code: number = exitCode.ok
    let woken = Promise.withResolvers<void>()
    const wake = () => woken.resolve()
    stop.addEventListener('abort', wake)
    let vigil = beginVigil(jobs, reading())
    let hand: Hand | null = null
    for (;;) {
      woken = Promise.withResolvers<void>()
      const ended = hand?.isOver === true
      const decision = decide(vigil, { reading: reading(), ended, stopping: stop.aborted })
      const { start, stuck, alarm } = decision
      vigil = decision.vigil
      report(decision, keeping)
      if (stuck !== null) {
        hand?.end.abort()
        code = exitCode.stuck
      }
      if (start !== null) hand = begin(start, keeping, wake)
      else if (vigil.inHand === null) hand = null
      if (hand === null && stop.aborted) return code
      const cancel = setAlarm(alarm, wake)
      await woken.promise
      cancel()
    }
  })
}

function announcement({ name, cron }: ScheduledJob, now: Date): string {
  const next = nextSlot(cron, now)?.toISOString() ?? 'never'
  const lines = [
    `${name}: ${cron} (UTC), next at ${next}`,
    ...dialectNotes(cron).map((note) => `  note: ${note}`),
  ]
  return `${lines.join('\n')}\n`
}

/** Says and files what passed, and says which job is stuck. */
function report({ lines, missed, stuck }: Decision<ScheduledJob>, { app, streams }: Keeping): void {
  const tell = (line: string) => streams.stderr.write(`firsttoken: ${line}\n`)
  for (const line of lines) {
    app.log.warn(line)
    tell(line)
  }
  for (const each of missed) void fileMissed(each, app)
  if (stuck === null) return
  const { job, slot, step } = stuck
  const done = step === 'end' ? 'takes too long and is ended' : 'did not end and is given up'
  const line = `the ${job.name} of ${slot.toISOString()} ${done}`
  app.log.error({ slot }, line)
  tell(line)
  const reason = `the ${job.name} took too long and was ended by the scheduler`
  if (step === 'end') void fileMissed({ job, slots: [slot], reason, abandoned: true }, app)
}

function begin(due: Due<ScheduledJob>, keeping: Keeping, whenOver: () => void): Hand {
  const hand: Hand = { isOver: false, end: new AbortController() }
  void run(due, hand.end.signal, keeping).finally(() => {
    hand.isOver = true
    whenOver()
  })
  return hand
}

/** Runs a job. One failure must not end the schedule, and no slot passes without a reason. */
async function run(
  { job, slot }: Due<ScheduledJob>,
  end: AbortSignal,
  { starters, streams, app }: Keeping,
): Promise<void> {
  const { log } = app
  const miss = (reason: string) => {
    if (job.hasRuns) void fileMissed({ job, slots: [slot], reason }, app)
  }
  try {
    const outcome = await starters[job.job](slot, end)
    if (typeof outcome === 'number') return
    refuse(outcome, { json: false, streams })
    miss(`the ${job.name} could not begin: ${outcome.problem}`)
  } catch (error) {
    if (error instanceof StoreError) refuse(storeRefusal(error, log), { json: false, streams })
    else {
      log.error({ err: error }, `the ${job.name} failed`)
      streams.stderr.write(`firsttoken: the ${job.name} failed: ${printable(String(error))}\n`)
    }
    miss(`the ${job.name} failed: ${messageOf(error)}`)
  }
}
