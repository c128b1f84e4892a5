import { expect, test } from 'vitest'
import { seededRandom } from '../../../src/core/random.ts'
import { lateAfter } from '../../../src/run/slot.ts'
import { benchmarkJob, syncJob, vigilAt } from '../../support/vigil.ts'

const minute = 60_000

/** Disturbances of a machine: what each does, and how it is told. */
const disturbances = [
  { told: /the clock went forward/, act: (machine: Machine, ms: number) => machine.step(ms) },
  { told: /the clock went back/, act: (machine: Machine, ms: number) => machine.step(-ms) },
  { told: /this process stood still/, act: (machine: Machine, ms: number) => machine.pass(ms) },
]
type Machine = ReturnType<typeof vigilAt>

/** As the table runs: one row a slot, ever. A missed one is made after all by who comes in time. */
type Row = { made: boolean; reason: string | null }

test.each([1])(
  'through a clock that jumps, stalls and goes back, 10,000 slots are each run or missed, none twice (seed %i)',
  (seed) => {
    const random = seededRandom(seed)
    const cron = '* * * * *'
    const machine = vigilAt('2026-11-27T22:00:30.000Z', [
      { ...benchmarkJob, cron },
      { ...syncJob, cron: '0 */6 * * *' },
    ])
    const rows = new Map<number, Row>()
    const wrong: unknown[] = []
    let busyMs = Infinity
    let backFrom = 0
    let largest = 0
    const isLate = (slot: Date) => Number(lateAfter(cron, slot)) <= Number(machine.date())
    const wake = (ended: boolean): string[] => {
      const decision = machine.wake({ ended })
      for (const { slots, count, reason } of decision.missed) {
        if (slots.length !== count || !slots.every(isLate)) wrong.push(decision)
        for (const slot of slots)
          if (!rows.has(slot.getTime())) rows.set(slot.getTime(), { made: false, reason })
      }
      const { start } = decision
      if (decision.stuck !== null) wrong.push(decision)
      if (start === null) return decision.lines
      busyMs = random() < 0.1 ? minute * 4 * random() : 20_000 * random()
      if (!start.job.hasRuns) return decision.lines
      const time = start.slot.getTime()
      // What came before a step back comes again, and the table refuses it.
      if (isLate(start.slot) || (rows.get(time)?.made === true && time > backFrom)) wrong.push(decision)
      rows.set(time, { made: true, reason: null })
      return decision.lines
    }
    wake(false)
    const told: { lines: string[]; as: RegExp }[] = []
    const others: string[] = []
    while (rows.size < 10_000) {
      const waitMs = Math.min(machine.dueInMs(), busyMs)
      const ended = busyMs <= waitMs
      machine.pass(waitMs)
      busyMs = ended ? Infinity : busyMs - waitMs
      // A stall is told by a wake that comes too late, which the end of a job is not.
      const kind = !ended && random() < 0.02 ? disturbances[Math.floor(random() * 3)] : undefined
      const before = Number(machine.date())
      kind?.act(machine, minute * (random() < 0.1 ? 300 : 5) * random() + 5000)
      if (Number(machine.date()) < before) backFrom = Math.max(backFrom, before)
      const lines = wake(ended)
      if (kind === undefined) others.push(...lines)
      else told.push({ lines, as: kind.told })
      largest = Math.max(largest, machine.size())
    }
    expect(wrong).toEqual([])
    expect(told.length).toBeGreaterThan(100)
    expect(told.filter(({ lines, as }) => lines.length !== 1 || !as.test(lines.join()))).toEqual([])
    expect(others.filter((line) => disturbances.some((kind) => kind.told.test(line)))).toEqual([])
    expect(largest).toBeLessThan(1000)
    const times = [...rows.keys()].toSorted((a, b) => a - b)
    const gaps = times.filter((time, index) => index > 0 && time - (times[index - 1] ?? 0) !== minute)
    expect(gaps.map((time) => new Date(time).toISOString())).toEqual([])
    const kept = [...rows.values()]
    expect(kept.filter(({ made, reason }) => !made && (reason ?? '') === '')).toEqual([])
    expect(kept.filter(({ made }) => made).length).toBeGreaterThan(5000)
  },
  120_000,
)
