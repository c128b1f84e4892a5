import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { keepJobs } from '../../../src/jobs/keep-jobs.ts'
import { newRun } from '../../../src/store/memory.ts'
import { type Store, StoreError } from '../../../src/store/store.ts'
import { testApp } from '../../support/app.ts'
import { samplePlan } from '../../support/samples.ts'
import { stubStore } from '../../support/stub-store.ts'

const gone = () => Promise.reject(new StoreError('unavailable', 'the database is gone'))

/** A queue of runs in which each is joined when a test lets it; another worker then has it, so nothing is called. */
function queueOf(ids: string[]) {
  const plan = samplePlan(['a'])
  const run = newRun(plan, 'local', new Date(0))
  const atWork = new Map<string, () => void>()
  const most = { atWork: 0 }
  const ended: string[] = []
  const store: Store = stubStore({
    freeLeases: () => Promise.resolve({ owners: [] }),
    nextJob: () => Promise.resolve({ runId: ids.shift() ?? null }),
    readJob: () => Promise.resolve({ run, place: null, isCancelling: false }),
    readRun: () => Promise.resolve({ targets: [] } as never),
    joinRun: async ({ runId }) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      atWork.set(runId, resolve)
      most.atWork = Math.max(most.atWork, atWork.size)
      await promise
      atWork.delete(runId)
      ended.push(runId)
      return { joined: false, run, settings: plan.settings }
    },
    close: () => Promise.resolve(),
  })
  return { store, atWork, most, ended }
}

/** Waits for what comes about by itself. */
async function until(isSo: () => boolean): Promise<void> {
  for (let turns = 0; !isSo(); turns += 1) {
    if (turns > 100_000) throw new Error('it never came about')
    await setImmediate()
  }
}

const keep = (app: ReturnType<typeof testApp>, limit?: number) => {
  const [stop, abort] = [new AbortController(), new AbortController()]
  const parts = { configured: [], stop: stop.signal, abort: abort.signal }
  const kept = keepJobs(app, limit === undefined ? parts : { ...parts, limit })
  return { kept, stop }
}

test('so many runs are at work at once, the next begins when one ends, and stopping waits for those at work', async () => {
  const { store, atWork, most, ended } = queueOf(['a', 'b', 'c'])
  const app = testApp({}, store, { sleep: () => setImmediate() })
  const { kept, stop } = keep(app, 2)
  await until(() => atWork.size === 2)
  atWork.get('b')?.()
  await until(() => atWork.has('c'))
  stop.abort()
  for (const end of atWork.values()) end()
  await kept
  expect(most.atWork).toBe(2)
  expect(ended.toSorted()).toEqual(['a', 'b', 'c'])
})

test('a database that fails is asked again, while it is opened and later', async () => {
  const { store, atWork } = queueOf(['a'])
  let [opens, asks] = [0, 0]
  const failing = {
    ...store,
    nextJob: (input: Parameters<Store['nextJob']>[0]) => ((asks += 1) > 2 ? store.nextJob(input) : gone()),
  }
  const handle = {
    name: 'a store',
    embedded: true,
    open: () => ((opens += 1) > 2 ? Promise.resolve(failing) : gone()),
  }
  const app = testApp({}, store, { sleep: () => setImmediate() })
  const { kept, stop } = keep({ ...app, store: { ...app.store, ...handle } })
  await until(() => atWork.has('a'))
  stop.abort()
  atWork.get('a')?.()
  await kept
  expect(asks).toBeGreaterThan(2)
})

const silence = () => new Promise<never>(() => undefined)

test.each([
  ['is away', gone],
  ['is silent', silence],
])('who is stopped while the database %s ends, and does not wait to ask again', async (_, open) => {
  const app = testApp({}, stubStore({}), { sleep: silence })
  const { kept, stop } = keep({ ...app, store: { ...app.store, open } })
  await setImmediate()
  stop.abort()
  await expect(kept).resolves.toBeUndefined()
})

test('a run that calls a provider which is not configured here is closed before anything of it is claimed', async () => {
  const { store, atWork } = queueOf(['a'])
  const closed: unknown[] = []
  const left = {
    provider: 'elsewhere',
    model: 'm',
    region: 'local',
    n: 2,
    n_ok: 1,
    n_failed: 0,
    n_skipped: 0,
  }
  const plan = samplePlan(['a'])
  const run = newRun({ ...plan, trigger: 'api' }, 'local', new Date(0))
  const app = testApp(
    {},
    {
      ...store,
      readRun: () => Promise.resolve({ targets: [left] } as never),
      readJob: () => Promise.resolve({ run, place: null, isCancelling: false }),
      skipProbes: () => Promise.resolve({ skipped: 1 }),
      listProviders: () => Promise.resolve({ rows: [] } as never),
      finishRun: (input) => {
        closed.push(input)
        return Promise.resolve({ ...run, skipReasons: {} })
      },
    },
    { sleep: () => setImmediate() },
  )
  const { kept, stop } = keep(app)
  await until(() => closed.length > 0)
  stop.abort()
  await kept
  expect(closed).toEqual([{ runId: 'a', status: 'abandoned' }])
  expect(atWork.size).toBe(0)
})
