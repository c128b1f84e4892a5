import { expect, test } from 'vitest'
import { openLiveBlock } from '../../../src/cli/live-block.ts'
import { trackSweep } from '../../../src/cli/track-sweep.ts'
import type { Level } from '../../../src/core/plan.ts'
import type { RunEvent } from '../../../src/run/events.ts'

const of = { provider: 'a', model: 'm', contextTokens: null, warmups: 2, total: 18 }
const levels: Level[] = [
  { ...of, load: { concurrency: 2, staggerMs: 0 } },
  { ...of, load: { rate: 4, arrivals: 'constant', seed: null, slots: 8 } },
]
const begun = { type: 'probe_started' } as RunEvent
const ended = (level: number, more: object = {}) =>
  ({
    type: 'probe_recorded',
    result: { level, success: true, ttft_ms: 100, cost_usd: 0.5, ...more },
  }) as RunEvent

test('a sweep tells its level, its rate lately, what is in flight, its spend and how long the rest may take', () => {
  let now = 1000
  const tracked = trackSweep(levels, { clock: { now: () => now }, maxUsd: 9 })
  expect(tracked.progress()).toBeNull()
  for (const ms of [0, 0, 1000, 1000]) {
    now += ms
    tracked.add(begun)
  }
  tracked.add(ended(0))
  tracked.add(ended(0, { success: false, ttft_ms: null, cost_usd: null }))
  expect(tracked.progress()).toMatchObject({
    level: 1,
    levels: 2,
    load: 'concurrency 2',
    made: 2,
    planned: 20,
    inFlight: 2,
    perS: 1,
    ttftP50Ms: 100,
    failed: 1,
    spentUsd: 0.5,
    maxUsd: 9,
    // 18 calls at one a second, then 20 at four.
    leftMs: 23_000,
  })
  now += 6000
  // Nothing ended in the last five seconds.
  expect(tracked.progress()).toMatchObject({ perS: null, leftMs: null })
  tracked.add(ended(1, { ttft_ms: 300 }))
  expect(tracked.progress()).toMatchObject({
    level: 2,
    made: 1,
    ttftP50Ms: 300,
    inFlight: 1,
    failed: 1,
    leftMs: 4750,
  })
  expect(tracked.ofLevel(0)).toMatchObject({ made: 2, failed: 1 })
})

/** What a stream was written. */
function streamOf(isTTY: boolean) {
  const written: string[] = []
  const stream = { isTTY, columns: 80, write: (text: string) => written.push(text) }
  return { stream: stream as unknown as NodeJS.WriteStream, written }
}

test('a block is drawn over itself, below what is printed, and taken away; what others wrote stays', () => {
  const { stream, written } = streamOf(true)
  const block = openLiveBlock(stream, () => ['one', 'two'])
  block.print('first')
  block.print('second')
  block.leave()
  block.print('third')
  block.end()
  expect(written).toEqual([
    'first\none\ntwo',
    '\r\u001b[1A\u001b[Jsecond\none\ntwo',
    'third\none\ntwo',
    '\r\u001b[1A\u001b[J',
  ])
})

test('in a pipe there are plain lines only', () => {
  const { stream, written } = streamOf(false)
  const block = openLiveBlock(stream, () => ['one'])
  block.print('first')
  block.end()
  expect(written).toEqual(['first\n'])
})
