import { expect, test } from 'vitest'
import { mostMissed } from '../../../src/run/missed-slots.ts'
import { benchmarkJob, startsOf, syncJob, vigilAt } from '../../support/vigil.ts'

const minute = 60_000
const hour = 60 * minute

test('a launch makes the slot that has begun, if that is recent, and no other job', () => {
  expect(startsOf([vigilAt('2026-11-29T10:07:00.000Z').wake()])).toEqual([
    'benchmark 2026-11-29T10:00:00.000Z',
  ])
  const yearly = vigilAt('2026-11-29T10:07:00.000Z', [{ ...benchmarkJob, cron: '0 0 1 1 *' }])
  expect(startsOf([yearly.wake()])).toEqual([])
})

test('a slot begins at its fire time, once, however often it wakes', () => {
  const { wake, until, pass } = vigilAt('2026-11-29T10:07:00.000Z')
  wake()
  wake({ ended: true })
  expect(startsOf(until('2026-11-29T10:14:59.999Z'))).toEqual([])
  pass(1)
  expect(startsOf([wake()])).toEqual(['benchmark 2026-11-29T10:15:00.000Z'])
  expect(startsOf([wake({ ended: true }), ...until('2026-11-29T10:29:59.999Z')])).toEqual([])
})

test('it wakes every minute, and at a fire time that comes before', () => {
  const machine = vigilAt('2026-11-29T10:07:00.000Z')
  expect(machine.wake()).toMatchObject({ alarm: { inMs: minute, at: null } })
  machine.pass(7.5 * minute)
  expect(machine.wake({ ended: true })).toMatchObject({
    alarm: { inMs: 30_000, at: new Date('2026-11-29T10:15:00.000Z') },
  })
})

test('a tick that is late does not lose its slot', () => {
  const { wake, until, pass } = vigilAt('2026-11-29T10:07:00.000Z')
  wake()
  wake({ ended: true })
  until('2026-11-29T10:14:30.000Z')
  pass(14 * minute)
  const { start, missed, lines } = wake()
  expect(start?.slot).toEqual(new Date('2026-11-29T10:15:00.000Z'))
  expect(missed).toEqual([])
  expect(lines).toEqual(['this process stood still for 13.5 min'])
})

test('a sleep over several slots makes the current one, and files those before it with the reason', () => {
  const { wake, until, step } = vigilAt('2026-11-29T10:07:00.000Z')
  wake()
  wake({ ended: true })
  until('2026-11-29T10:14:30.000Z')
  step(hour)
  const { start, missed, lines } = wake()
  expect(start?.slot).toEqual(new Date('2026-11-29T11:00:00.000Z'))
  const reason = 'the clock went forward by 60 min (it was set, or this machine slept)'
  const slots = ['10:15', '10:30', '10:45'].map((time) => new Date(`2026-11-29T${time}:00.000Z`))
  expect(missed).toEqual([{ job: benchmarkJob, slots, count: 3, reason }])
  expect(lines).toEqual([`${reason}; 3 slots of the benchmark passed and are filed as missed`])
})

test('a run that is longer than its interval files what passed meanwhile, and the next slot begins at its end', () => {
  const { wake, until } = vigilAt('2026-11-29T10:07:00.000Z', [{ ...benchmarkJob, limitMs: () => hour }])
  wake()
  const during = until('2026-11-29T10:35:00.000Z')
  expect(startsOf(during)).toEqual([])
  const reason = 'the benchmark was still running'
  expect(during.flatMap(({ missed }) => missed)).toMatchObject([
    { slots: [new Date('2026-11-29T10:15:00.000Z')], reason },
  ])
  expect(during.flatMap(({ lines }) => lines)).toEqual([
    `${reason}; 1 slot of the benchmark passed and is filed as missed`,
  ])
  expect(startsOf([wake({ ended: true })])).toEqual(['benchmark 2026-11-29T10:30:00.000Z'])
})

test('a slot of which less than a second is left does not begin, and is filed as missed', () => {
  const { wake, until, pass } = vigilAt('2026-11-29T10:07:00.000Z')
  wake()
  until('2026-11-29T10:14:59.100Z')
  expect(startsOf([wake({ ended: true })])).toEqual([])
  const late = vigilAt('2026-11-29T10:14:59.100Z')
  expect(startsOf([late.wake()])).toEqual([])
  late.pass(900)
  const { start, missed } = late.wake()
  expect(start?.slot).toEqual(new Date('2026-11-29T10:15:00.000Z'))
  expect(missed).toMatchObject([{ slots: [new Date('2026-11-29T10:00:00.000Z')] }])
  pass(900)
  expect(startsOf([wake()])).toEqual(['benchmark 2026-11-29T10:15:00.000Z'])
})

test('a slot for which a job left too little time is filed with that job as the reason', () => {
  const { wake, until } = vigilAt('2026-11-29T10:07:00.000Z', [{ ...benchmarkJob, limitMs: () => hour }])
  wake()
  until('2026-11-29T10:29:59.500Z')
  expect(startsOf([wake({ ended: true })])).toEqual([])
  const [last, ...others] = until('2026-11-29T10:30:00.000Z')
  expect(others).toEqual([])
  expect(last?.missed).toMatchObject([
    { slots: [new Date('2026-11-29T10:15:00.000Z')], reason: 'the benchmark was still running' },
  ])
  expect(last?.start?.slot).toEqual(new Date('2026-11-29T10:30:00.000Z'))
})

test('jobs take turns: the one whose slot is the oldest is next', () => {
  const { wake, until } = vigilAt('2026-11-29T01:50:00.000Z', [
    { ...benchmarkJob, limitMs: () => hour },
    { ...syncJob, limitMs: () => hour },
  ])
  wake()
  until('2026-11-29T02:16:00.000Z')
  const turns = [wake({ ended: true }), wake({ ended: true }), wake({ ended: true })]
  expect(startsOf(turns)).toEqual([
    'model sync 2026-11-29T02:00:00.000Z',
    'benchmark 2026-11-29T02:15:00.000Z',
  ])
})

test('a weekly job whose time was slept over is made once', () => {
  const { wake, until, step } = vigilAt('2026-11-29T01:50:00.000Z', [syncJob])
  wake()
  until('2026-11-29T01:55:00.000Z')
  step(22 * 24 * hour)
  const { start, missed } = wake()
  expect(start?.slot).toEqual(new Date('2026-12-20T02:00:00.000Z'))
  expect(missed).toEqual([])
})

test('a clock that is set from 1970 is one line, and a bounded number of slots is filed', () => {
  const { wake, until, step } = vigilAt('1970-01-01T00:01:00.000Z', [benchmarkJob])
  wake()
  wake({ ended: true })
  until('1970-01-01T00:02:00.000Z')
  step(Date.parse('2026-11-29T10:07:00.000Z') - Date.parse('1970-01-01T00:02:00.000Z'))
  const { start, missed, lines } = wake()
  expect(start?.slot).toEqual(new Date('2026-11-29T10:00:00.000Z'))
  const [passed] = missed
  expect(passed?.slots).toHaveLength(mostMissed)
  expect(passed?.slots.at(-1)).toEqual(new Date('2026-11-29T09:45:00.000Z'))
  // 20,786 days and ten hours, in quarters of an hour, without the slot of 1970 and that of now.
  expect(passed?.count).toBe(20_786 * 96 + 40 - 1)
  expect(lines).toEqual([
    expect.stringMatching(
      /^the clock went forward by 20786.4 days.*; about 1995495 slots of .* the last 500 are filed as missed$/,
    ),
  ])
  expect(startsOf([wake({ ended: true }), ...until('2026-11-29T10:16:00.000Z')])).toEqual([
    'benchmark 2026-11-29T10:15:00.000Z',
  ])
})

test('after a clock that went back by an hour the schedule goes on at the new time', () => {
  const { wake, until, step } = vigilAt('2026-11-29T10:07:00.000Z')
  wake()
  wake({ ended: true })
  until('2026-11-29T10:10:00.000Z')
  step(-hour)
  const { lines, missed, start } = wake()
  expect(lines).toEqual(['the clock went back by 60 min'])
  expect(missed).toEqual([])
  // Whether that slot has its run already, the database says.
  expect(start?.slot).toEqual(new Date('2026-11-29T09:00:00.000Z'))
  expect(startsOf([wake({ ended: true }), ...until('2026-11-29T09:20:00.000Z')])).toEqual([
    'benchmark 2026-11-29T09:15:00.000Z',
  ])
})

test('steps of a clock that is being kept, and pauses of a busy machine, are not told', () => {
  const { wake, until, step, pass } = vigilAt('2026-11-29T10:07:00.000Z')
  wake()
  wake({ ended: true })
  const lines = [400, -400, 900].flatMap((ms) => {
    step(ms)
    pass(1500)
    return [wake(), ...until('2026-11-29T10:14:00.000Z')].flatMap((decision) => decision.lines)
  })
  expect(lines).toEqual([])
})

test('a job that takes too long is told to end, then given up, and the schedule goes on', () => {
  const { wake, until } = vigilAt('2026-11-29T10:00:00.000Z')
  wake()
  const before = until('2026-11-29T10:09:59.999Z')
  expect(before.every(({ stuck }) => stuck === null)).toBe(true)
  const after = until('2026-11-29T10:11:00.000Z')
  const slot = new Date('2026-11-29T10:00:00.000Z')
  expect(after.flatMap(({ stuck }) => (stuck === null ? [] : [stuck]))).toEqual([
    { job: benchmarkJob, slot, step: 'end' },
    { job: benchmarkJob, slot, step: 'give up' },
  ])
  expect(startsOf(until('2026-11-29T10:16:00.000Z'))).toEqual(['benchmark 2026-11-29T10:15:00.000Z'])
})

test('time in which the process stood still is not the time of its job', () => {
  const { wake, pass, until } = vigilAt('2026-11-29T10:00:00.000Z')
  wake()
  pass(9 * hour)
  expect(wake().stuck).toBeNull()
  expect(until('2026-11-29T19:08:00.000Z').every(({ stuck }) => stuck === null)).toBe(true)
  expect(until('2026-11-29T19:11:00.000Z').some(({ stuck }) => stuck?.step === 'end')).toBe(true)
})

test('once it is to stop nothing begins, and the job in hand has little time left', () => {
  const { wake, pass, until } = vigilAt('2026-11-29T10:07:00.000Z')
  wake()
  expect(wake({ stopping: true }).vigil.inHand?.leftMs).toBe(benchmarkJob.lastMs)
  pass(benchmarkJob.lastMs)
  expect(wake({ stopping: true }).stuck?.step).toBe('end')
  const idle = vigilAt('2026-11-29T10:07:00.000Z')
  expect(idle.wake({ stopping: true }).start).toBeNull()
  expect(until('2026-11-29T10:08:30.000Z').some(({ stuck }) => stuck?.step === 'give up')).toBe(true)
})
