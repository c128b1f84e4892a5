import { expect, test } from 'vitest'
import { hurrying, openHurried, openInTime } from '../../../src/store/hurried.ts'
import { stubStore } from '../../support/stub-store.ts'

const silence = () => new Promise<never>(() => undefined)
const running = new AbortController().signal

test('a call that answers is what it answers, before everything is to end and after', async () => {
  for (const stop of [running, AbortSignal.abort()]) {
    const inTime = hurrying(stop)
    await expect(inTime(() => Promise.resolve(1))).resolves.toBe(1)
    await expect(inTime(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    await expect(inTime(() => Promise.resolve(2))).resolves.toBe(2)
  }
})

test('a call without an answer ends once everything is to end, and no other is made', async () => {
  const stop = new AbortController()
  const inTime = hurrying(stop.signal)
  const call = inTime(silence)
  stop.abort()
  await expect(call).rejects.toMatchObject({ kind: 'timeout' })
  let others = 0
  await expect(inTime(() => Promise.resolve((others += 1)))).rejects.toMatchObject({ kind: 'timeout' })
  expect(others).toBe(0)
})

test('a store that opens too late is closed, and one that does not close is left', async () => {
  const stop = AbortSignal.abort()
  const opened = Promise.withResolvers<ReturnType<typeof stubStore>>()
  const closed = Promise.withResolvers<void>()
  await expect(openHurried(() => opened.promise, stop)).rejects.toMatchObject({ kind: 'timeout' })
  opened.resolve(stubStore({ close: () => Promise.resolve(closed.resolve()) }))
  await closed.promise

  const store = await openHurried(() => Promise.resolve(stubStore({ close: silence })), stop)
  await store.close()
})

test('where opening alone is hurried, calls may take their time, and closing is waited for', async () => {
  const stop = AbortSignal.abort()
  await expect(openInTime(silence, hurrying(stop))).rejects.toMatchObject({ kind: 'timeout' })
  const store = stubStore({})
  expect(await openInTime(() => Promise.resolve(store), hurrying(stop))).toBe(store)
})
