import { expect, test } from 'vitest'
import { shareStore } from '../../../src/http/shared-store.ts'
import { type Store, StoreError } from '../../../src/store/store.ts'
import { stubStore } from '../../support/stub-store.ts'

test('requests are told to wait while the store is opened, why it is not open, and it is opened once', async () => {
  const openings: ReturnType<typeof Promise.withResolvers<Store>>[] = []
  let closed = 0
  const shared = shareStore(() => {
    const opening = Promise.withResolvers<Store>()
    openings.push(opening)
    return opening.promise
  })
  expect(openings.length).toBe(0)
  shared.begin()
  await expect(shared.get()).rejects.toMatchObject({ kind: 'unavailable', code: 'OPENING' })
  await expect(shared.get()).rejects.toMatchObject({ code: 'OPENING' })
  expect(openings.length).toBe(1)
  openings[0]?.reject(new StoreError('denied', 'wrong password'))
  await new Promise(setImmediate)
  await expect(shared.get()).rejects.toThrow('wrong password')
  expect(openings.length).toBe(2)
  const store = stubStore({ close: () => Promise.resolve(void (closed += 1)) })
  openings[1]?.resolve(store)
  await new Promise(setImmediate)
  expect(await shared.get()).toBe(store)
  expect(openings.length).toBe(2)
  await shared.close()
  expect(closed).toBe(1)
})
