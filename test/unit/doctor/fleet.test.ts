import { expect, test } from 'vitest'
import { fleetChecks } from '../../../src/doctor/fleet.ts'
import { fleetRegion, fleetWorker, noFleet, sampleFleet } from '../../support/fleet-sample.ts'

type Due = ReturnType<typeof fleetRegion>['queue']['due']
const { queue } = fleetRegion()
const region = (workers: ReturnType<typeof fleetWorker>[], due: Partial<Due> = {}) =>
  fleetRegion({ workers, queue: { ...queue, due: { ...queue.due, ...due } } })
const checked = (...regions: ReturnType<typeof fleetRegion>[]) => fleetChecks(sampleFleet({ regions }))

test('without a fleet there is no check', () => {
  expect(fleetChecks(noFleet)).toEqual([])
})

test('a fleet that keeps up is one line', () => {
  const silent = fleetWorker({ state: 'silent', version: '1.0.0', lag_ms: 900 })
  expect(checked(region([fleetWorker(), silent], { shards: 1 }), fleetRegion({ region: 'iad' }))).toEqual([
    { name: 'fleet', state: 'ok', message: '2 workers in 2 regions, 3 shards due', todo: null },
  ])
})

test('a region whose shards wait for three minutes fails without a live worker, and warns with one', () => {
  const silent = fleetWorker({ state: 'silent' })
  expect(checked(region([silent], { oldest_s: 180 }))).toMatchObject([{ state: 'ok' }])
  expect(checked(region([silent], { shards: 1, oldest_s: 181 }))).toEqual([
    {
      name: 'fleet',
      state: 'fail',
      message: 'fra: 1 shard due, the oldest since 3 min, and no worker is alive',
      todo: 'start one: pnpm tsx scripts/worker.ts --region fra',
    },
  ])
  expect(checked(region([fleetWorker()], { shards: 40, oldest_s: 240 }))).toMatchObject([
    { state: 'warn', message: 'fra: 40 shards due, the oldest since 4 min' },
  ])
})

test('workers at work that differ in their version are a warning', () => {
  const workers = [fleetWorker(), fleetWorker({ version: '1.3.9', state: 'leaving' }), fleetWorker()]
  expect(checked(region(workers))).toMatchObject([
    { state: 'warn', message: 'workers are of different versions: 2 of 1.4.0, 1 of 1.3.9' },
  ])
})

test('a worker whose event loop is late is a warning', () => {
  expect(checked(region([fleetWorker({ lag_ms: 50 })]))).toMatchObject([{ state: 'ok' }])
  expect(checked(region([fleetWorker({ lag_ms: 78.4 })]))).toMatchObject([
    {
      state: 'warn',
      message: 'the event loop of fra-1:4711:0a1b2c3d is 78 ms late, so its timings are doubtful',
      todo: 'give fra-1 less to do: fewer workers there, or a lower --concurrency',
    },
  ])
})
