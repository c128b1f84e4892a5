import { expect, test } from 'vitest'
import { interruptedMs } from '../../../src/lab/interruption.ts'
import { momentAt } from '../../support/sweep-rows.ts'

/** Calls of a worker, each from a moment, 100 ms long, and 20 ms until it was sent. */
const made = (worker: string | null, ...from: number[]) =>
  from.map((at) => ({
    worker,
    started_at: momentAt(at),
    queue_ms: 5,
    connect_ms: 15,
    total_latency_ms: 100,
  }))

test.each([
  ['one worker made it all, whatever its pauses', made('a', 0, 100, 5000), null],
  ['nobody knows who made it', made(null, 0, 9000), null],
  ['a second goes on', [...made('b', 5000, 5100), ...made('a', 0, 200)], 5000 - 320],
  ['a third goes on after the second', [...made('a', 0), ...made('b', 1000), ...made('c', 3000)], 880 + 1880],
  ['the first comes back, while the second is at work', [...made('a', 0, 2000), ...made('b', 1000)], 0],
])('if %s', (_, rows, expected) => {
  expect(interruptedMs(rows)).toBe(expected)
})
