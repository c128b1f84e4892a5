import { expect, test } from 'vitest'
import { mostThreads, plannedThreads, rehearsals } from '../../../src/lab/threads.ts'

test.each([
  [1, 1],
  [2, 1],
  [3, 2],
  [64, 8],
])(
  'of %i cores %i threads measure at most: one is left to the rest, and there is always one',
  (cores, most) => {
    expect(mostThreads(cores)).toBe(most)
  },
)

test.each([
  { loads: [{ concurrency: 1 }], most: 7, threads: 1 },
  { loads: [{ concurrency: 1 }, { concurrency: 256 }], most: 7, threads: 1 },
  { loads: [{ concurrency: 257 }, { concurrency: 4 }], most: 7, threads: 2 },
  { loads: [{ concurrency: 2000 }], most: 7, threads: 7 },
  { loads: [{ rate: 0.5 }], most: 7, threads: 1 },
  { loads: [{ rate: 10 }, { rate: 500 }], most: 7, threads: 3 },
  { loads: [{ rate: 500 }], most: 1, threads: 1 },
])('a sweep of $loads begins with $threads of at most $most', ({ loads, most, threads }) => {
  expect(plannedThreads(loads, most)).toBe(threads)
})

test('threads rehearse before requests that come fast, and not before others', () => {
  expect(rehearsals([{ rate: 5 }, { concurrency: 256 }])).toBe(0)
  expect(rehearsals([{ rate: 5 }, { rate: 200 }])).toBe(1000)
})
