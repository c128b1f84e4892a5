import type { LevelQuestion } from '../lab/compare-levels.ts'
import { compareSweeps } from '../report/compare-sweeps.ts'
import { describeSweep, type SweepContext, type SweptLevel } from '../report/describe-sweep.ts'
import { searchNotes, type SearchOutcome, searchOutcomes } from '../report/search.ts'
import { sweepHtml } from '../report/sweep-html.ts'
import { type RecordedSweep, searchIn } from './read-sweep.ts'

/** A sweep that is to be judged by objectives. */
export interface Judged {
  recorded: RecordedSweep
  objectives: SweepContext['objectives']
}

/** A sweep in numbers, and what its searches found. */
export interface DescribedSweep {
  levels: SweptLevel[]
  found: SearchOutcome[]
}

/** Describes a recorded sweep. */
export function describeRecorded({ recorded, objectives }: Judged): DescribedSweep {
  const { run, settings, levels, rows, cpuShares = new Map<number, number>() } = recorded
  const isOver = run.status === 'finished'
  return {
    levels: describeSweep(levels, rows, { objectives, cpuShares }),
    found: searchOutcomes(searchIn(settings), levels, { rows, cpuShares, isOver }),
  }
}

/** The page of a recorded sweep. */
export function pageOfRecorded({ recorded, objectives }: Judged): Promise<string> {
  const { levels, found } = describeRecorded({ recorded, objectives })
  return sweepHtml(recorded, levels, { objectives, store: null, found: searchNotes(found) })
}

/** Two sweeps that are compared. */
export interface Compared {
  before: RecordedSweep
  after: RecordedSweep
  question: LevelQuestion
}

/** What is worked out of all requests of a sweep, and takes long if these are many. */
const tasks = {
  describe: describeRecorded,
  page: pageOfRecorded,
  compare: ({ before, after, question }: Compared) => compareSweeps(before, after, question),
} as const

/** Its name. */
export type SweepTask = keyof typeof tasks

/** Does a task with what it takes. */
export const makeOfSweeps = async (task: SweepTask, input: unknown): Promise<unknown> =>
  (tasks[task] as (input: unknown) => unknown)(input)
