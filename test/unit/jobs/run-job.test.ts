import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { freeDeadLeases } from '../../../src/jobs/free-leases.ts'
import { nextJob, startJob } from '../../../src/jobs/run-job.ts'
import type { RunSetup } from '../../../src/jobs/request.ts'
import { follow } from '../../../src/run/watch.ts'
import { newRun } from '../../../src/store/memory.ts'
import { testApp } from '../../support/app.ts'
import { samplePlan } from '../../support/samples.ts'
import { stubStore } from '../../support/stub-store.ts'

const { signal } = new AbortController()
const noTargets = () => Promise.resolve({ targets: [] } as never)
const setupOf = (app: ReturnType<typeof testApp>): RunSetup => ({
  configured: [],
  defaults: app.config.defaults,
  save: true,
  seed: null,
  stop: signal,
  abort: signal,
  deadline: null,
})

test('the next run on demand is asked for with the limit and region of the installation; there may be none', async () => {
  const asked: object[] = []
  const store = stubStore({
    nextJob: (input) => {
      asked.push(input)
      return Promise.resolve({ runId: null })
    },
  })
  const app = testApp({ BENCHMARK_JOBS: '3', BENCHMARK_REGION: 'fra1' }, store)
  expect(await nextJob(app, store)).toBeNull()
  expect(asked).toEqual([{ limit: 3, region: 'fra1', owner: 'test' }])
})

test('a run is cancelled while nothing but the database says so, also if it did not answer before', async () => {
  const plan = samplePlan(['a'])
  const run = { ...newRun(plan, 'local', new Date(0)), id: 'r' }
  const answers = [
    () => Promise.reject(new Error('gone')),
    () => Promise.resolve({ run, place: null, isCancelling: false }),
    () => Promise.resolve({ run, place: null, isCancelling: true }),
  ]
  let asked = 0
  const told = Promise.withResolvers<void>()
  const store = stubStore({
    readRun: noTargets,
    readJob: () => {
      const answer = answers[asked] ?? (() => Promise.reject(new Error('asked again')))
      asked += 1
      if (asked === answers.length) told.resolve()
      return answer()
    },
    joinRun: async () => {
      await told.promise
      await setImmediate()
      return { joined: true, run, settings: plan.settings }
    },
    claimProbe: () => Promise.reject(new Error('nothing may begin')),
    skipProbes: () => Promise.resolve({ skipped: 1 }),
    finishRun: ({ status }) => Promise.resolve({ ...run, status }),
    close: () => Promise.resolve(),
  })
  const app = testApp({}, store, { sleep: () => setImmediate() })
  const started = await startJob('r', setupOf(app), { app, store })
  if ('refusal' in started) throw new Error('nothing was started')
  const types: string[] = []
  for await (const event of started.events) types.push(event.type)
  await started.close()
  expect(types).toEqual(['run_joined', 'run_finished'])
  expect(started.summary.run).toMatchObject({ status: 'cancelled' })
  expect(asked).toBe(3)
})

test('a run that meets a bug is closed, so that nobody resumes it', async () => {
  const plan = samplePlan(['a'], { trigger: 'api' })
  const run = { ...newRun(plan, 'local', new Date(0)), id: 'r' }
  const calls: string[] = []
  const store = stubStore({
    readRun: noTargets,
    readJob: () => Promise.resolve({ run, place: null, isCancelling: false }),
    joinRun: () => Promise.resolve({ joined: true, run, settings: plan.settings }),
    claimProbe: () => Promise.reject(new TypeError('a bug')),
    skipProbes: () => {
      calls.push('skip')
      return Promise.resolve({ skipped: 1 })
    },
    finishRun: ({ status }) => {
      calls.push(status)
      return Promise.resolve({ ...run, status })
    },
    close: () => Promise.resolve(),
  })
  const app = testApp({}, store, { sleep: () => setImmediate() })
  const started = await startJob('r', setupOf(app), { app, store })
  if ('refusal' in started) throw new Error('nothing was started')
  await expect(follow(started.events, [])).rejects.toThrow('a bug')
  await started.close()
  expect(calls).toEqual(['skip', 'abandoned'])
})

test('of the workers of this machine, those whose process is gone lose their leases, and an earlier start of our own', async () => {
  const own = process.pid
  const dead = ['here:77:aa:u', 'here:78:u', `here:${own}:0ld:u`, 'next_job:here:77:aa']
  const alive = [
    'here:5:bb:u',
    `here:${own}:n3w:u`,
    `here:${own}:n3w`,
    'elsewhere:77:aa:u',
    'next_job:here:5:bb',
    'test',
  ]
  const freed: (readonly string[])[] = []
  const store = {
    freeLeases: ({ owners }: { owners: readonly string[] }) => {
      freed.push(owners)
      return Promise.resolve({ owners: [...dead, ...alive] })
    },
  }
  const app = testApp({}, stubStore({}), { host: 'here', owner: `here:${own}:n3w` })
  await freeDeadLeases(app, store, (pid) => pid === 5)
  expect(freed).toEqual([[], dead])
  freed.length = 0
  await freeDeadLeases({ ...app, store: { ...app.store, embedded: false } }, store, () => false)
  expect(freed).toEqual([])
})
