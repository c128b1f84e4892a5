import { beginVigil, decide, type Decision, type KeptJob } from '../../src/run/vigil.ts'

/** A benchmark that may take until ten minutes from now. */
export const benchmarkJob: KeptJob = {
  name: 'benchmark',
  cron: '*/15 * * * *',
  hasRuns: true,
  limitMs: () => 10 * 60_000,
  lastMs: 60_000,
}

/** A weekly job without runs. */
export const syncJob: KeptJob = { ...benchmarkJob, name: 'model sync', cron: '0 2 * * 0', hasRuns: false }

/** A vigil on a machine whose clocks and jobs a test moves by hand. */
export function vigilAt(start: string, jobs: readonly KeptJob[] = [benchmarkJob, syncJob]) {
  let now = 0
  let date = new Date(start).getTime()
  const reading = () => ({ now, date: new Date(date) })
  let vigil = beginVigil(jobs, reading())
  let wakeInMs = 0
  const wake = ({ ended = false, stopping = false } = {}): Decision => {
    const decision = decide(vigil, { reading: reading(), ended, stopping })
    vigil = decision.vigil
    wakeInMs = decision.alarm.inMs
    return decision
  }
  return {
    wake,
    /** Both clocks go on. */
    pass: (ms: number) => {
      now += ms
      date += ms
    },
    /** Only the wall clock moves: it is set, or the machine sleeps. */
    step: (ms: number) => {
      date += ms
    },
    /** Wakes on time until a moment, and gives what was decided on the way. */
    until: (moment: string): Decision[] => {
      const decisions: Decision[] = []
      for (const end = new Date(moment).getTime(); date < end;) {
        const ms = Math.min(wakeInMs, end - date)
        now += ms
        date += ms
        decisions.push(wake())
      }
      return decisions
    },
    date: () => new Date(date),
    dueInMs: () => wakeInMs,
    size: () => JSON.stringify(vigil).length,
  }
}

/** The slots that began, in order. */
export const startsOf = (decisions: readonly Decision[]): string[] =>
  decisions.flatMap(({ start }) => (start === null ? [] : [`${start.job.name} ${start.slot.toISOString()}`]))
