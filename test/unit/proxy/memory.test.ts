import { expect, test } from 'vitest'
import { openStream } from '../../../src/probe/stream.ts'
import { sharedMemory } from '../../../src/proxy/memory.ts'
import { openTap } from '../../../src/proxy/tap.ts'
import { delta, done, stop } from '../../support/loopback.ts'

const KiB = 1024

test('memory that nobody has used up is open to whoever comes first', () => {
  const memory = sharedMemory(100)
  const [first, second] = [memory.join(), memory.join()]
  expect(first.hold(90)).toBe(true)
  expect(second.hold(10)).toBe(true)
})

test('once it is used up, whoever holds more than an equal part must stop, and nobody else', () => {
  const memory = sharedMemory(100)
  const [first, second] = [memory.join(), memory.join()]
  first.hold(90)
  expect(second.hold(50)).toBe(true)
  expect(second.hold(51)).toBe(false)
  expect(first.hold(91)).toBe(false)
})

test('what is released is free again', () => {
  const memory = sharedMemory(100)
  const [first, second] = [memory.join(), memory.join()]
  first.hold(100)
  expect(second.hold(51)).toBe(false)
  first.release()
  expect(second.hold(52)).toBe(true)
})

/** A tap of a stream of events, and the stream. */
function tapped(memory: ReturnType<typeof sharedMemory>) {
  const stream = openStream()
  const about = { path: 'chat', kind: 'events', coding: null } as const
  const tap = openTap(stream, { ...about, onEntry: () => undefined, onCompressed: () => undefined }, memory)
  return { stream, feed: (text: string) => tap.feed(Buffer.from(text), 0), end: tap.end }
}

test('of answers that nobody reads no more is kept than the memory they share, and two reads beyond', () => {
  const memory = sharedMemory(100 * KiB)
  const taps = Array.from({ length: 10 }, () => tapped(memory))
  const read = delta({ content: 'x'.repeat(4 * KiB) })
  for (let turn = 0; turn < 100; turn += 1) for (const { feed } of taps) feed(read)
  // 4,000 KiB came. An equal part is 10 KiB, and what exceeds it is the read that was too much.
  const kept = taps.reduce((sum, { stream }) => sum + stream.text.length, 0)
  expect(kept).toBeGreaterThan(90 * KiB)
  expect(kept).toBeLessThanOrEqual(140 * KiB)
})

test('short events count by their entries', () => {
  const flood = tapped(sharedMemory(64 * KiB))
  for (let turn = 0; turn < 5000; turn += 1) flood.feed(delta({ content: 'a' }))
  expect(flood.stream.events.length).toBeLessThan(1100)
})

test('an answer that is too long to be kept counts as one that has ended, and others are read to their end', async () => {
  const memory = sharedMemory(100 * KiB)
  const [long, short] = [tapped(memory), tapped(memory)]
  long.feed(delta({ content: 'x'.repeat(200 * KiB) }))
  long.feed(delta({ content: 'more' }))
  expect(long.stream.done).toBe(false)
  for (const piece of [delta({ content: 'Hi' }), stop, done]) short.feed(piece)
  await Promise.all([long.end(), short.end()])
  expect(long.stream).toMatchObject({ done: true, finish: null })
  expect(long.stream.text).toHaveLength(200 * KiB)
  expect(short.stream).toMatchObject({ text: 'Hi', done: true, finish: { reason: 'stop' } })
})
