import { expect, test } from 'vitest'
import { functionJobs } from '../../../src/http/function-jobs.ts'
import { StoreError } from '../../../src/store/store.ts'
import { testApp } from '../../support/app.ts'
import { stubStore } from '../../support/stub-store.ts'

const request = new Request('http://127.0.0.1:9/api/v1/benchmarks/single')
const secret = { CRON_SECRET: 'a secret that only functions know' }

test('without CRON_SECRET no run can be started, and the reason names it', async () => {
  let opened = 0
  const jobs = functionJobs(testApp({}, stubStore({})), () => {
    opened += 1
    return Promise.resolve(stubStore({}))
  })
  expect(jobs.unavailable).toContain('CRON_SECRET')
  await jobs.kick(request)
  expect(opened).toBe(0)
  expect(functionJobs(testApp(secret, stubStore({})), () => Promise.resolve(stubStore({}))).unavailable).toBe(
    null,
  )
})

test('as many runs are taken as may be at work, and each that is refused is given back by its own name', async () => {
  const waiting = ['a', 'b', 'c']
  const taken: (string | undefined)[] = []
  const freed: string[] = []
  const store = stubStore({
    nextJob: ({ owner }) => {
      taken.push(owner)
      return Promise.resolve({ runId: waiting.shift() ?? null })
    },
    freeLeases: ({ owners }) => {
      freed.push(...owners)
      return Promise.resolve({ owners: [] })
    },
  })
  const app = testApp({ ...secret, BENCHMARK_JOBS: '2' }, store)
  await functionJobs(app, () => Promise.resolve(store)).kick(request)
  expect(waiting).toEqual(['c'])
  expect(new Set(freed)).toEqual(new Set(taken.map((owner) => `next_job:${owner}`)))
  expect(new Set(taken).size).toBe(2)
})

test('a database that fails leaves the runs to the next call', async () => {
  const unreachable = () => Promise.reject(new StoreError('unavailable', 'no database'))
  const { kick } = functionJobs(testApp(secret, stubStore({})), unreachable)
  await expect(kick(request)).resolves.toBeUndefined()
})
