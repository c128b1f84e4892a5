import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../../src/store/memory.ts'
import { withRetry } from '../../../src/store/retry.ts'
import { type Store, StoreError, type StoreErrorKind } from '../../../src/store/store.ts'

/** A store whose first calls fail; it counts them. */
function failing(kinds: (StoreErrorKind | Error)[]) {
  const seen = { calls: 0, claims: [] as (string | undefined)[], pauses: [] as number[] }
  const fail = async () => {
    const next = kinds[seen.calls]
    seen.calls += 1
    if (next instanceof Error) throw next
    if (next) throw new StoreError(next, 'no')
  }
  const store: Store = {
    ...createMemoryStore(),
    readCatalog: async () => {
      await fail()
      return { targets: [], paused: [], models: [], pace: [] }
    },
    claimProbe: async ({ claimId }) => {
      seen.claims.push(claimId)
      await fail()
      return null
    },
  }
  const sleep = async (ms: number) => void seen.pauses.push(ms)
  return { seen, store: withRetry(store, { sleep, random: () => 0.5 }) }
}

describe('a store with retries', () => {
  test.each(['unavailable', 'timeout'] as const)('tries again what failed as %s', async (kind) => {
    const { seen, store } = failing([kind, kind])
    await expect(store.readCatalog({ providers: [] })).resolves.toEqual({
      targets: [],
      paused: [],
      models: [],
      pace: [],
    })
    expect(seen).toMatchObject({ calls: 3, pauses: [200, 800] })
  })

  test('gives up after three tries with the last error', async () => {
    const { seen, store } = failing(['timeout', 'timeout', 'unavailable', 'timeout'])
    await expect(store.readCatalog({ providers: [] })).rejects.toMatchObject({ kind: 'unavailable' })
    expect(seen.calls).toBe(3)
  })

  test.each(['conflict', 'denied', 'missing', 'invalid', 'bug'] as const)(
    'does not repeat what failed as %s',
    async (kind) => {
      const { seen, store } = failing([kind])
      await expect(store.readCatalog({ providers: [] })).rejects.toMatchObject({ kind })
      expect(seen).toMatchObject({ calls: 1, pauses: [] })
    },
  )

  test('does not repeat a bug', async () => {
    const { seen, store } = failing([new TypeError('x is not a function')])
    await expect(store.readCatalog({ providers: [] })).rejects.toThrow(TypeError)
    expect(seen.calls).toBe(1)
  })

  test('names a claim once, so that the database knows a repeat from a second claim', async () => {
    const { seen, store } = failing(['timeout'])
    const input = { runId: 'r', owner: 'o', leaseMs: 1, region: 'local' }
    await store.claimProbe(input)
    await store.claimProbe(input)
    const [first, repeat, second] = seen.claims
    expect(first).toMatch(/^[0-9a-f-]{36}$/)
    expect(repeat).toBe(first)
    expect(second).not.toBe(first)
  })
})
