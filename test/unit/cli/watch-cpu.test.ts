import { expect, test } from 'vitest'
import { watchCpu } from '../../../src/cli/watch-cpu.ts'

/** What a watch says of a level that took one second, by the CPU of this thread and of those that measure, in ms. */
function shareOf({ own = 0, from, to }: { own?: number; from: number[]; to: number[] }): number | undefined {
  let at = 100
  let [mine, theirs] = [5, from]
  const date = () => new Date(0)
  const cpu = watchCpu(
    { now: () => at, date },
    () => theirs,
    () => mine,
  )
  cpu.add(3)
  ;[at, mine, theirs] = [1100, 5 + own, to]
  cpu.add(3)
  return cpu.shares().get(3)
}

test.each([
  { name: 'threads share', from: [10, 20], to: [510, 720], share: 0.6 },
  { name: 'this thread is busier than they', own: 900, from: [10, 20], to: [510, 720], share: 0.9 },
  { name: 'a thread came in between', from: [10], to: [810, 700], share: 0.8 },
  { name: 'a thread was replaced', from: [900, 0], to: [30, 400], share: 0.2 },
  { name: 'this thread measures', own: 300, from: [], to: [], share: 0.3 },
])('CPU of a level where $name', ({ share, ...times }) => {
  expect(shareOf(times)).toBeCloseTo(share)
})

test('levels are told apart, and one of a single result has no share', () => {
  let at = 0
  const cpu = watchCpu(
    { now: () => at, date: () => new Date(0) },
    () => [at / 2],
    () => 0,
  )
  for (const [time, level] of [
    [0, 0],
    [10, 0],
    [10, 1],
  ] as const) {
    at = time
    cpu.add(level)
  }
  expect([...cpu.shares()]).toEqual([[0, 0.5]])
})
