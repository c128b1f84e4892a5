import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isDue } from '../../../src/run/due.ts'
import { calendarOf } from '../../../src/run/purses.ts'
import { allowanceOf, type Costly, type Purse, thin } from '../../../src/run/thin.ts'

const costly = (id: string, usd: number, more: Partial<Costly> = {}): Costly => ({
  id,
  everyMinutes: null,
  regions: 1,
  usd,
  mostUsd: usd,
  ...more,
})
/** A day of quarters of an hour. */
const quarters = { slotsADay: 96, gapMinutes: 15 }
const fresh = (limitUsd: number): Purse => ({ limitUsd, spentUsd: 0, slotsLeft: 96, slots: 96 })
const thinned = (targets: readonly Costly[], usd: number) => {
  const { minutes, leftOut } = thin(targets, [fresh(usd)], quarters)
  return [Object.fromEntries(minutes), [...leftOut]]
}

/** In each slot of a day they cost $0.096, $0.96 and $9.60. */
const three = [costly('dear', 0.1), costly('cheap', 0.001), costly('mid', 0.01)]

describe('which targets a budget calls less often', () => {
  test('none if it suffices', () => {
    expect(thinned(three, 10.7)).toEqual([{}, []])
    // The sum itself, which is 10.656.
    expect(thinned(three, 0.096 + 0.96 + 9.6)).toEqual([{}, []])
  })

  test('the dearest first, until it lasts', () => {
    // 0.096 + 0.96 are 1.056: of the other 1.944, 12 calls cost 1.20, and 24 would cost 2.40.
    expect(thinned(three, 3)).toEqual([{ dear: 120 }, []])
    // At most $0.60 for each: 0.096 + 48 calls of $0.01 + 6 of $0.10 are 1.176, and the next step, to $0.96, is too much.
    expect(thinned(three, 1.5)).toEqual([{ dear: 240, mid: 30 }, []])
  })

  test('each has a call a day before any has more, and what that is too much for is left out', () => {
    // A call of each is 0.111.
    expect(thinned(three, 0.111)).toEqual([{ dear: 1440, mid: 1440, cheap: 1440 }, []])
    // 0.05 - 0.011 of one of the cheaper ones: 24 calls of $0.001 and 2 of $0.01 are 0.044; the next step is 0.024 more.
    expect(thinned(three, 0.05)).toEqual([{ dear: 1440, mid: 720, cheap: 60 }, ['dear']])
    expect(thinned(three, 0)).toEqual([{ dear: 1440, mid: 1440, cheap: 1440 }, ['cheap', 'mid', 'dear']])
  })

  test('what costs nothing is called in any case, also when nothing is left', () => {
    expect(thinned([costly('free', 0)], 0)).toEqual([{}, []])
  })

  test('an interval of its own is only made longer, and counts as what it costs', () => {
    // 24 calls of $0.10 are 2.40, 12 are 1.20.
    const hourly = [costly('dear', 0.1, { everyMinutes: 60 })]
    expect(thinned(hourly, 2.4)).toEqual([{}, []])
    expect(thinned(hourly, 2.3)).toEqual([{ dear: 120 }, []])
    expect(thinned([costly('dear', 0.1, { everyMinutes: 1440 })], 0.1)).toEqual([{}, []])
  })

  test('a target that several regions call costs as often', () => {
    const everywhere = three.map((target) => ({ ...target, regions: 3 }))
    expect(thinned(everywhere, 9)).toEqual(thinned(three, 3))
  })

  test('the most that a call may cost stays free, or the last call of the day would not begin', () => {
    // $9.60 a day, and once $0.40 more.
    expect(thinned([costly('a', 0.1, { mostUsd: 0.5 })], 10)).toEqual([{}, []])
    expect(thinned([costly('a', 0.1, { mostUsd: 0.5 })], 9.9)).toEqual([{ a: 30 }, []])
    // It would be skipped in each slot.
    expect(thinned([costly('a', 0.1, { mostUsd: 20 })], 10)).toEqual([{ a: 1440 }, ['a']])
  })

  test('a schedule that pauses at night calls a daily target once, and an hourly one in its hours alone', () => {
    // 40 slots a day: 10 calls an hour apart, one a day.
    const { minutes } = thin([costly('a', 1)], [{ ...fresh(10), slotsLeft: 40, slots: 40 }], {
      slotsADay: 40,
      gapMinutes: 15,
    })
    expect([...minutes]).toEqual([['a', 60]])
  })
})

describe('what may be spent a day', () => {
  test('is what is left by slots, and over a day from now on with the next limit', () => {
    expect(allowanceOf([fresh(1)], 96)).toBeCloseTo(1, 12)
    // 0.80 for 12 hours would be 1.60 a day; with half of tomorrow's 1.00 it is 1.30.
    expect(allowanceOf([{ limitUsd: 1, spentUsd: 0.2, slotsLeft: 48, slots: 96 }], 96)).toBeCloseTo(1.3, 12)
    expect(allowanceOf([{ limitUsd: 1, spentUsd: 0.9, slotsLeft: 48, slots: 96 }], 96)).toBeCloseTo(0.2, 12)
    expect(allowanceOf([{ limitUsd: 1, spentUsd: 1.1, slotsLeft: 48, slots: 96 }], 96)).toBe(0)
  })

  test('is the least that day and month allow', () => {
    // 15 of 30 are left for 7.5 days of 30: 2.00 a day until then, and (15 + 22.5) / 30 = 1.25 over a month.
    const month = { limitUsd: 30, spentUsd: 15, slotsLeft: 720, slots: 2880 }
    expect(allowanceOf([month], 96)).toBeCloseTo(1.25, 12)
    expect(allowanceOf([month, fresh(1)], 96)).toBeCloseTo(1, 12)
  })

  test('goes by the day and month of the slot, which may be another than that of its planning', () => {
    const budget = { usdPerDay: 1, usdPerMonth: 30, maxPricePerM: null }
    const days = [
      { day: '2026-11-30', usd: 0.75 },
      { day: '2026-11-01', usd: 2 },
      { day: '2026-10-31', usd: 4 },
    ]
    const calendar = (slot: string) => calendarOf(new Date(slot), '*/15 * * * *', { budget, days })
    expect(calendar('2026-11-30T18:00:00Z')).toEqual({
      purses: [
        { limitUsd: 1, spentUsd: 0.75, slotsLeft: 24, slots: 96 },
        { limitUsd: 30, spentUsd: 2.75, slotsLeft: 24, slots: 2880 },
      ],
      pace: quarters,
    })
    expect(calendar('2026-12-01T00:00:00Z').purses).toEqual([
      { limitUsd: 1, spentUsd: 0, slotsLeft: 96, slots: 96 },
      { limitUsd: 30, spentUsd: 0, slotsLeft: 2976, slots: 2976 },
    ])
  })

  test('a schedule of working hours has their slots, and those of its week', () => {
    const { purses, pace } = calendarOf(new Date('2026-11-30T16:00:00Z'), '0,30 9-16 * * 1-5', {
      budget: { usdPerDay: 1, usdPerMonth: 30, maxPricePerM: null },
      days: [],
    })
    // Monday the 30th: 16:00 and 16:30 are left, 14 of Tuesday are within a day, and 80 a week.
    expect(pace).toEqual({ slotsADay: 16, gapMinutes: 30 })
    expect(purses).toMatchObject([
      { slotsLeft: 2, slots: 16 },
      { slotsLeft: 2, slots: expect.closeTo((30 * 80) / 7, 9) as number },
    ])
  })
})

const price = fc.double({ min: 0.0001, max: 1, noNaN: true })
const some = fc
  .array(
    fc.record({
      usd: price,
      most: fc.double({ min: 1, max: 5, noNaN: true }),
      regions: fc.integer({ min: 1, max: 3 }),
    }),
    {
      minLength: 1,
      maxLength: 20,
    },
  )
  .map((each) =>
    each.map(({ usd, most, regions }, index) => costly(`t${index}`, usd, { mostUsd: most * usd, regions })),
  )
/** Of what all calls of a day are expected to cost. */
const share = fc.double({ min: 0.01, max: 1.5, noNaN: true })
const sumOf = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0)
const fullUsd = (targets: readonly Costly[]) => sumOf(targets.map(({ usd, regions }) => 96 * usd * regions))
const excess = (targets: readonly Costly[]) =>
  Math.max(0, ...targets.map(({ usd, mostUsd }) => mostUsd - usd))

describe('whatever targets cost', () => {
  test('all are called in every slot if the budget suffices for that', () => {
    fc.assert(
      fc.property(some, (targets) => {
        expect(thinned(targets, fullUsd(targets) + excess(targets))).toEqual([{}, []])
      }),
    )
  })

  test('their calls are expected to cost no more than the budget', () => {
    fc.assert(
      fc.property(some, share, (targets, of) => {
        const limit = of * fullUsd(targets)
        const { minutes, leftOut } = thin(targets, [fresh(limit)], quarters)
        const called = targets.filter(({ id }) => !leftOut.has(id))
        const spent = called.map(({ id, usd, regions }) => (1440 / (minutes.get(id) ?? 15)) * usd * regions)
        expect(sumOf(spent) + excess(called)).toBeLessThanOrEqual(limit * (1 + 1e-6))
      }),
    )
  })

  test('a cheaper one is never called less often than a dearer one', () => {
    fc.assert(
      fc.property(some, share, (targets, of) => {
        const alike = targets.map((target) => ({ ...target, regions: 1, mostUsd: 2 * target.usd }))
        const { minutes, leftOut } = thin(alike, [fresh(of * fullUsd(alike))], quarters)
        const every = alike
          .toSorted((a, b) => a.usd - b.usd)
          .map(({ id }) => (leftOut.has(id) ? Infinity : (minutes.get(id) ?? 15)))
        expect(every).toEqual(every.toSorted((a, b) => a - b))
      }),
    )
  })

  test('none is left out if the budget has a call a day for each, and the most that one may cost besides', () => {
    fc.assert(
      fc.property(some, fc.double({ min: 1, max: 3, noNaN: true }), (targets, of) => {
        const once = sumOf(targets.map(({ usd, regions }) => usd * regions)) + excess(targets)
        expect(thin(targets, [fresh(of * once)], quarters).leftOut).toEqual(new Set())
      }),
    )
  })

  test('their order changes nothing', () => {
    fc.assert(
      fc.property(some, share, (targets, of) => {
        const usd = of * fullUsd(targets)
        const [minutes] = thinned(targets, usd)
        expect(thinned(targets.toReversed(), usd)[0]).toEqual(minutes)
      }),
    )
  })
})

describe('a day of calls that cost more or less than was expected', () => {
  interface Day {
    targets: readonly Costly[]
    limit: number
    /** What calls cost, of the most that they may. */
    luck: readonly number[]
  }
  const day = fc
    .record({
      targets: some.map((each) => each.map((target) => ({ ...target, regions: 1 }))),
      of: share,
      luck: fc.array(fc.double({ min: 0.3, max: 1.2, noNaN: true }), { minLength: 50, maxLength: 50 }),
    })
    .map(({ targets, of, luck }): Day => ({ targets, limit: of * fullUsd(targets), luck }))

  /** The slots in which each was called; a call begins only if the most that it may cost is left. */
  function played({ targets, limit, luck }: Day) {
    const start = Date.UTC(2026, 10, 30)
    const slotAt = (index: number) => new Date(start + index * 900_000)
    const calls = new Map<string, number[]>(targets.map(({ id }) => [id, []]))
    let [spentUsd, skipped, n] = [0, 0, 0]
    for (let at = 0; at < 96; at += 1) {
      const purse = { limitUsd: limit, spentUsd, slotsLeft: 96 - at, slots: 96 }
      const { minutes, leftOut } = thin(targets, [purse], quarters)
      for (const { id, usd, mostUsd } of targets) {
        const lastSlot = slotAt(calls.get(id)?.at(-1) ?? -1)
        const everyMinutes = minutes.get(id) ?? null
        if (leftOut.has(id) || !isDue({ model: id, everyMinutes, lastSlot }, slotAt(at))) continue
        if (spentUsd + mostUsd > limit) skipped += 1
        else {
          spentUsd += Math.min(mostUsd, usd * (luck[(n += 1) % luck.length] ?? 1))
          calls.get(id)?.push(at)
        }
      }
    }
    return { spentUsd, skipped, calls }
  }

  test('costs never more than the budget', () => {
    fc.assert(
      fc.property(day, (of) => {
        expect(played(of).spentUsd).toBeLessThanOrEqual(of.limit)
      }),
    )
  })

  test('leaves no evening without a call of the cheapest, and skips next to nothing', () => {
    // Prices within a factor of 30, a budget for a third of the calls, and costs as expected or somewhat above.
    const usual = fc.record({
      n: fc.integer({ min: 4, max: 20 }),
      luck: fc.double({ min: 0.6, max: 1.1, noNaN: true }),
    })
    fc.assert(
      fc.property(usual, ({ n, luck }) => {
        const targets = Array.from({ length: n }, (_, index) => {
          const usd = 0.001 * 30 ** (index / (n - 1))
          return costly(`m${index}`, usd, { mostUsd: 4 * usd })
        })
        const { calls, skipped } = played({ targets, limit: fullUsd(targets) / 3, luck: [luck] })
        const cheapest = calls.get('m0') ?? []
        expect(cheapest.filter((at) => at >= 80)).toHaveLength(16)
        for (const each of calls.values()) expect(each.length).toBeGreaterThan(0)
        expect(skipped).toBeLessThanOrEqual(sumOf([...calls.values()].map((each) => each.length)) / 100)
      }),
    )
  })
})
