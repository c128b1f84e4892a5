import { Worker } from 'node:worker_threads'
import { lazyThread } from '../probe/lazy-thread.ts'
import type { compareSweeps } from '../report/compare-sweeps.ts'
import {
  type Compared,
  type DescribedSweep,
  describeRecorded,
  type Judged,
  makeOfSweeps,
  pageOfRecorded,
  type SweepTask,
} from './sweep-tasks.ts'

// Node's own type stripping is its only loader; it needs no environment.
const ask = lazyThread(
  () => new Worker(new URL('./sweep-thread.ts', import.meta.url), { execArgv: [], env: {}, name: 'sweeps' }),
)

/** Does a task in a thread; in this one if no other can be started (a bundle without its file). */
const inThread = (task: SweepTask, input: object): Promise<unknown> =>
  ask({ task, input }).catch(() => makeOfSweeps(task, input))

/** What is made of so many requests is made sooner than it is handed over: a description in 30 ms, a page in 150. */
const fewRequests = 1000

const isSmall = ({ recorded }: Judged): boolean => recorded.rows.length <= fewRequests

// A server answers others meanwhile: to describe 20,000 requests takes 0.7 s, to compare as many with as many 7 s, and
// handing them over 0.05 s.

/** Describes a recorded sweep. */
export const describeAside = async (judged: Judged): Promise<DescribedSweep> =>
  isSmall(judged) ? describeRecorded(judged) : ((await inThread('describe', judged)) as DescribedSweep)

/** Makes the page of a recorded sweep. */
export const pageAside = async (judged: Judged): Promise<string> =>
  isSmall(judged) ? pageOfRecorded(judged) : ((await inThread('page', judged)) as string)

/** Compares two recorded sweeps. */
export const compareAside = async (compared: Compared): Promise<ReturnType<typeof compareSweeps>> =>
  (await inThread('compare', compared)) as ReturnType<typeof compareSweeps>
