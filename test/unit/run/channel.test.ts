import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openChannel } from '../../../src/run/channel.ts'

/** Whether a promise is settled once all that is due has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  void promise.finally(() => (settled = true)).catch(() => undefined)
  await setImmediate()
  return settled
}

async function readAll<Event>(channel: AsyncIterable<Event>): Promise<Event[]> {
  const all: Event[] = []
  for await (const event of channel) all.push(event)
  return all
}

test('events of several writers arrive in the order in which they were pushed', async () => {
  const channel = openChannel<string>()
  const write = async (name: string) => {
    for (const turn of [1, 2, 3]) await channel.push(`${name}${turn}`)
  }
  void Promise.all([write('a'), write('b')]).then(() => channel.end())
  expect(await readAll(channel)).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'b3'])
})

test('what waits when the end comes is still read', async () => {
  const channel = openChannel<number>()
  const pushed = [channel.push(1), channel.push(2)]
  channel.end()
  expect(await readAll(channel)).toEqual([1, 2])
  await Promise.all(pushed)
})

test('a writer continues only when the reader is done with its event', async () => {
  const channel = openChannel<number>()
  const pushed = channel.push(1)
  expect(await isSettled(pushed)).toBe(false)
  const reader = channel[Symbol.asyncIterator]()
  expect(await reader.next()).toEqual({ done: false, value: 1 })
  expect(await isSettled(pushed)).toBe(false)
  const ended = reader.next()
  expect(await isSettled(pushed)).toBe(true)
  channel.end()
  expect((await ended).done).toBe(true)
})

test('an end with an error rejects the reader after what was pushed before', async () => {
  const channel = openChannel<number>()
  const seen: number[] = []
  void channel.push(1)
  channel.end(new Error('a lane broke'))
  const reading = (async () => {
    for await (const event of channel) seen.push(event)
  })()
  await expect(reading).rejects.toThrow('a lane broke')
  expect(seen).toEqual([1])
})

test('an error reaches a reader that is waiting', async () => {
  const channel = openChannel<number>()
  const reading = readAll(channel)
  await setImmediate()
  channel.end(new Error('a lane broke'))
  await expect(reading).rejects.toThrow('a lane broke')
})

test('a reader that leaves early holds nobody up: not at the event in hand, not at one that waits, not later', async () => {
  const channel = openChannel<number>()
  const [inHand, waiting] = [channel.push(1), channel.push(2)]
  for await (const event of channel) if (event === 1) break
  expect(await Promise.all([inHand, waiting, channel.push(3)].map(isSettled))).toEqual([true, true, true])
})
