import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isDue } from '../../../src/run/due.ts'
import { slotOf } from '../../../src/run/slot.ts'

const minuteMs = 60_000
const start = Date.UTC(2026, 10, 30)

/** Minutes, from the start, of the slots in which a target is called that is planned in those given. */
function called(model: string, everyMinutes: number | null, slots: readonly number[]): number[] {
  let lastSlot: Date | null = null
  return slots.filter((at) => {
    const slot = new Date(start + at * minuteMs)
    if (!isDue({ model, everyMinutes, lastSlot }, slot)) return false
    lastSlot = slot
    return true
  })
}

const slotsOf = (paceMinutes: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => index * paceMinutes)
const gapsOf = (times: readonly number[]): number[] =>
  times.slice(1).map((time, index) => time - (times[index] ?? 0))

/** Divisors of a day, so that slots are where a schedule has them. */
const pace = fc.constantFrom(1, 5, 10, 15, 30, 60, 360)
const every = fc.integer({ min: 1, max: 1440 })

describe('in which slots of the schedule a target is called', () => {
  test('in each one without an interval, and in the first', () => {
    const slot = new Date(start)
    expect(isDue({ model: 'a', everyMinutes: null, lastSlot: slot }, slot)).toBe(true)
    expect(isDue({ model: 'a', everyMinutes: 1440, lastSlot: null }, slot)).toBe(true)
    expect(isDue({ model: 'a', everyMinutes: 1440, lastSlot: slot }, slot)).toBe(false)
  })

  test('a stretch of the schedule has as many of its slots as it has intervals, whatever the model', () => {
    fc.assert(
      fc.property(fc.uuid(), pace, every, (id, paceMinutes, everyMinutes) => {
        const slots = slotsOf(paceMinutes, 400)
        // The first is called in any case, wherever its interval began.
        const times = called(id, everyMinutes, slots).slice(1)
        const [first = 0, last = 0] = [times[0], times.at(-1)]
        const longest = Math.max(everyMinutes, paceMinutes)
        expect(Math.abs(times.length - 1 - (last - first) / longest)).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('two calls are an interval apart, rounded to slots up or down', () => {
    fc.assert(
      fc.property(fc.uuid(), pace, every, (id, paceMinutes, everyMinutes) => {
        const gaps = gapsOf(called(id, everyMinutes, slotsOf(paceMinutes, 400)).slice(1))
        const [down, up] = [Math.floor(everyMinutes / paceMinutes), Math.ceil(everyMinutes / paceMinutes)]
        for (const gap of gaps) expect([Math.max(1, down) * paceMinutes, up * paceMinutes]).toContain(gap)
      }),
    )
  })

  test('an interval that is a multiple of that of the schedule is kept exactly', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.constantFrom(30, 60, 360, 1440), (id, everyMinutes) => {
        const times = called(id, everyMinutes, slotsOf(15, 500)).slice(1)
        expect(new Set(gapsOf(times))).toEqual(new Set([everyMinutes]))
      }),
    )
  })

  test('an interval shorter than that of the schedule is each slot', () => {
    const slots = slotsOf(60, 100)
    for (const everyMinutes of [1, 15, 59, 60]) expect(called('a', everyMinutes, slots)).toEqual(slots)
  })

  test('what no run called in its slot is called in the next that has one', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.array(fc.boolean(), { minLength: 200, maxLength: 200 }), (id, runs) => {
        const kept = slotsOf(15, 200)
        const due = called(id, 60, kept).slice(1)
        const ran = kept.filter((_, index) => runs[index])
        const times = called(id, 60, ran)
        const [first = Infinity] = times
        // The next slot with a run, unless the interval passed without one.
        const madeUp = due
          .filter((at) => at > first)
          .flatMap((at) => ran.find((slot) => slot >= at && slot < at + 60) ?? [])
        expect(times).toEqual([...times.slice(0, 1), ...madeUp])
      }),
    )
  })

  test('a model is called in the same slots at every provider, and seldom in some of those of often', () => {
    const slots = slotsOf(15, 400)
    // From the second on: the first is called wherever its interval began.
    const calls = (model: string, everyMinutes: number) => called(model, everyMinutes, slots).slice(1)
    fc.assert(
      fc.property(fc.uuid(), fc.constantFrom(2, 3, 4, 24), (name, times) => {
        expect(calls(`openai/${name.toUpperCase()}`, 60)).toEqual(calls(name, 60))
        const often = new Set(calls(name, 60))
        for (const at of calls(`hosts/openai/${name}`, 60 * times).slice(1)) expect(often).toContain(at)
      }),
    )
  })

  test('models of one interval are spread evenly over the slots of it', () => {
    const counts = [0, 0, 0, 0]
    for (let id = 0; id < 4000; id += 1) {
      const [, second = 0] = called(String(id), 60, slotsOf(15, 9))
      counts[(second / 15) % 4] = (counts[(second / 15) % 4] ?? 0) + 1
    }
    // 1,000 each; five deviations of the binomial distribution are 137.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(137)
  })

  test('slots of a schedule that pauses at night are made up for in the morning', () => {
    const slot = (text: string) => slotOf('*/15 8-17 * * *', new Date(text)) as Date
    const evening = slot('2026-11-30T17:45:00Z')
    const morning = slot('2026-12-01T08:00:00Z')
    for (let id = 0; id < 100; id += 1)
      expect(isDue({ model: String(id), everyMinutes: 60, lastSlot: evening }, morning)).toBe(true)
  })
})
