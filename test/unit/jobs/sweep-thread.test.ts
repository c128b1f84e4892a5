import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { describeAside, pageAside } from '../../../src/jobs/in-sweep-thread.ts'
import { describeRecorded, type Judged, pageOfRecorded } from '../../../src/jobs/sweep-tasks.ts'
import { poissonLevel, queuedRows, recordedSweep } from '../../support/sweep-rows.ts'

/** A search of two levels, with so many requests each. */
function sweepOf(total: number): Judged {
  const levels = [poissonLevel(4, total), poissonLevel(8, total)]
  const rows = levels.flatMap((level, place) => queuedRows(level, {}, place))
  const search = { most: 8, goodput: 0.9, objectives: { latency: 1000 }, calls_per_client: 10 }
  return { recorded: recordedSweep(levels, rows, { settings: { search } }), objectives: { ttft: 500 } }
}

test('a sweep of many requests is described in a thread, as it would be here', async () => {
  const judged = sweepOf(600)
  const thread = new Worker(new URL('../../../src/jobs/sweep-thread.ts', import.meta.url), { execArgv: [] })
  const answerTo = async (task: 'describe' | 'page') => {
    thread.postMessage({ id: 1, task, input: judged })
    const [answer] = (await once(thread, 'message')) as [{ value?: unknown; error?: unknown }]
    return answer
  }
  const here = describeRecorded(judged)
  expect(here.found).toMatchObject([{ by: 'rate', goodput: 0.9, most: 8 }])
  expect(await answerTo('describe')).toEqual({ id: 1, value: here })
  expect(await answerTo('page')).toEqual({ id: 1, value: await pageOfRecorded(judged) })
  await thread.terminate()
  expect(await describeAside(judged)).toEqual(here)
})

test('one of few requests is described at once', async () => {
  const judged = sweepOf(100)
  expect(await describeAside(judged)).toEqual(describeRecorded(judged))
  expect(await pageAside(judged)).toBe(await pageOfRecorded(judged))
})
