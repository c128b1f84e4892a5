import { expect, test } from 'vitest'
import {
  isRough,
  lanesProblem,
  loadOf,
  meaningOfSkip,
  regionProblem,
  skipsOf,
  totalsOf,
} from '../../../web/screens/settings/fleet-view.ts'
import { fleetRegion, fleetWorker, noFleet, sampleFleet } from '../../support/fleet-sample.ts'

const { queue, lately } = fleetRegion()
const idle = { ...queue, due: { shards: 0, probes: 0, oldest_s: null } }
const silent = fleetWorker({ state: 'silent', in_hand: 7 })
const [groq, openai] = sampleFleet().lanes

test('a fleet in a few numbers: what a silent worker has in hand is nobody’s work', () => {
  const regions = [
    fleetRegion({ workers: [fleetWorker(), fleetWorker({ state: 'leaving', in_hand: 1 }), silent] }),
    fleetRegion({ region: 'iad', queue: idle, lately: { ...lately, lost: 1 } }),
  ]
  expect(totalsOf({ regions })).toEqual({
    atWork: 3,
    silent: 1,
    inHand: 7,
    concurrency: 24,
    due: 2,
    oldestS: 34,
    later: 820,
    lost: 3,
  })
  expect(totalsOf(noFleet)).toMatchObject({ atWork: 0, due: 0, oldestS: null })
})

test('a region says what is wrong with it once something is due for three minutes', () => {
  const due = (oldest: number) => ({ ...queue, due: { ...queue.due, oldest_s: oldest } })
  expect(regionProblem(fleetRegion({ workers: [silent], queue: due(180) }))).toBeNull()
  expect(regionProblem(fleetRegion({ workers: [silent], queue: due(181) }))).toBe('no worker is live here')
  expect(regionProblem(fleetRegion({ queue: due(181) }))).toBe('waits too long')
  expect(regionProblem(fleetRegion({ workers: [], queue: idle }))).toBeNull()
})

test('what was skipped is told by reason, the most frequent first, with its regions', () => {
  const iad = fleetRegion({ region: 'iad', lately: { ...lately, skip_reasons: { late: 1200 } } })
  expect(skipsOf({ regions: [fleetRegion(), iad] })).toEqual([
    { reason: 'late', n: 1203, where: 'fra 3, iad 1,200' },
    { reason: 'rate limited', n: 41, where: 'fra 41' },
  ])
  expect(meaningOfSkip('budget')).toBe('They may have cost more than was left of the budget')
  expect(meaningOfSkip('something of another version')).toBeNull()
})

test('the lanes of a provider are added up, and are used up only while something waits', () => {
  if (groq === undefined || openai === undefined) throw new Error('the sample has two providers')
  const [place] = groq.regions
  const places =
    place === undefined ? [] : [place, { ...place, region: 'iad', shards_due: 0, oldest_due_s: null }]
  expect(loadOf({ ...groq, regions: places })).toEqual({
    inUse: 4,
    of: 4,
    due: 2,
    oldestS: 34,
    usedUp: ['fra'],
  })
  expect(loadOf(openai)).toEqual({ inUse: 1, of: 4, due: 0, oldestS: null, usedUp: [] })
})

test('a number of lanes is from 1 to 64', () => {
  expect(['1', ' 4 ', '64'].map(lanesProblem)).toEqual([null, null, null])
  for (const wrong of ['', '0', '65', '100', '1.5', '-1', 'four', 'default'])
    expect(lanesProblem(wrong), wrong).toBe('A whole number from 1 to 64')
})

test('a p99 of fewer than 299 shards is marked', () => {
  expect([0, 298, 299].map(isRough)).toEqual([true, true, false])
})
