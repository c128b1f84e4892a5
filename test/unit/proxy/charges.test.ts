import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openCharges } from '../../../src/proxy/charges.ts'
import type { Charge } from '../../../src/store/proxy-token-store.ts'
import { StoreError } from '../../../src/store/store.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const of = (tokenId: string, usd: number, day = '2026-11-30') => ({ tokenId, day, usd })

/** Charges over a store that may be away, and the batches that it was given. */
function open() {
  const batches: { id: string; charges: readonly Charge[] }[] = []
  let failure: Error | null = null
  let ids = 0
  const charges = openCharges({
    uuid: () => `batch ${(ids += 1)}`,
    openStore: () =>
      Promise.resolve({
        chargeProxyTokens: (batch) => {
          batches.push(batch)
          return failure === null
            ? Promise.resolve({ charged: batch.charges.length })
            : Promise.reject(failure)
        },
      }),
  })
  return {
    charges,
    batches,
    fail: (error: Error | null) => {
      failure = error
    },
  }
}
const away = new StoreError('unavailable', 'it is away')

test('a second of charges is one batch, with a sum for each token and day', async () => {
  const { charges, batches } = open()
  for (const each of [of('a', 0.25), of('b', 1), of('a', 0.5), of('a', 2, '2026-12-01')]) charges.add(each)
  expect(batches).toEqual([])
  await vi.advanceTimersByTimeAsync(1000)
  expect(batches).toEqual([{ id: 'batch 1', charges: [of('a', 0.75), of('b', 1), of('a', 2, '2026-12-01')] }])
  await vi.advanceTimersByTimeAsync(5000)
  expect(batches).toHaveLength(1)
})

test('what was not taken is delivered again under its id, and what came meanwhile after it', async () => {
  const { charges, batches, fail } = open()
  fail(away)
  charges.add(of('a', 0.25))
  await vi.advanceTimersByTimeAsync(2000)
  charges.add(of('a', 0.5))
  fail(null)
  await vi.advanceTimersByTimeAsync(1000)
  const first = { id: 'batch 1', charges: [of('a', 0.25)] }
  expect(batches).toEqual([first, first, first, { id: 'batch 2', charges: [of('a', 0.5)] }])
})

test('closing delivers what waits; what is refused then is lost, and nothing more is tried', async () => {
  const { charges, batches, fail } = open()
  charges.add(of('a', 0.25))
  await charges.close()
  expect(batches).toMatchObject([{ charges: [of('a', 0.25)] }])
  fail(away)
  charges.add(of('a', 0.5))
  await charges.close()
  await vi.advanceTimersByTimeAsync(5000)
  expect(batches).toHaveLength(2)
})
