import { describe, expect, test } from 'vitest'
import { type CallFunction, createStore } from '../../../src/store/functions.ts'
import { newRun } from '../../../src/store/memory.ts'
import { withRetry } from '../../../src/store/retry.ts'
import { toRunRow } from '../../../src/store/run-codec.ts'
import { StoreError, type StoreErrorKind } from '../../../src/store/store.ts'
import { samplePlan } from '../../support/samples.ts'

/** A database with these outputs whose first calls fail, and a store with retries over it. */
function failing(
  kinds: (StoreErrorKind | Error | null)[],
  outputs: unknown[] = [{ targets: [], paused: [], models: [], pace: [] }],
) {
  const seen = { calls: 0, claims: [] as unknown[], pauses: [] as number[] }
  const remaining = [...outputs]
  const call: CallFunction = async (_, input) => {
    seen.claims.push(input['claim_id'])
    const next = kinds[seen.calls]
    seen.calls += 1
    if (next instanceof Error) throw next
    if (next) throw new StoreError(next, 'no')
    return remaining.shift()
  }
  const sleep = async (ms: number) => void seen.pauses.push(ms)
  const store = createStore(withRetry(call, { sleep, random: () => 0.5 }), () => Promise.resolve())
  return { seen, store }
}

describe('a store with retries', () => {
  test.each(['unavailable', 'timeout'] as const)('retries a call that failed as %s', async (kind) => {
    const { seen, store } = failing([kind, kind])
    await expect(store.readCatalog({ providers: [] })).resolves.toEqual({
      targets: [],
      paused: [],
      models: [],
      pace: [],
      regions: [],
      lanes: [],
    })
    expect(seen).toMatchObject({ calls: 3, pauses: [200, 800] })
  })

  test('gives up after three attempts with the last error', async () => {
    const { seen, store } = failing(['timeout', 'timeout', 'unavailable', 'timeout'])
    await expect(store.readCatalog({ providers: [] })).rejects.toMatchObject({ kind: 'unavailable' })
    expect(seen.calls).toBe(3)
  })

  test.each(['conflict', 'denied', 'missing', 'invalid', 'bug'] as const)(
    'does not retry a call that failed as %s',
    async (kind) => {
      const { seen, store } = failing([kind])
      await expect(store.readCatalog({ providers: [] })).rejects.toMatchObject({ kind })
      expect(seen).toMatchObject({ calls: 1, pauses: [] })
    },
  )

  test('does not retry a bug', async () => {
    const { seen, store } = failing([new TypeError('x is not a function')])
    await expect(store.readCatalog({ providers: [] })).rejects.toThrow(TypeError)
    expect(seen.calls).toBe(1)
  })

  test('names a claim once, so that the database can tell a repeat from a second claim', async () => {
    const { seen, store } = failing(['timeout'], [null, null])
    const input = { runId: 'r', owner: 'o', leaseMs: 1, region: 'local' }
    await store.claimProbe(input)
    await store.claimProbe(input)
    const [first, repeat, second] = seen.claims
    expect(first).toMatch(/^[0-9a-f-]{36}$/)
    expect(repeat).toBe(first)
    expect(second).not.toBe(first)
  })
})

describe('a plan whose start is repeated', () => {
  const plan = samplePlan(['a'])
  const run = toRunRow(newRun(plan, 'local', new Date(0)))
  const outputOf = (created: boolean) => ({ created, joined: created, run })
  const ours = { created: true, joined: true, run: { id: plan.id } }

  test('was created by the attempt whose answer was lost', async () => {
    const { store } = failing(['timeout'], [outputOf(false)])
    expect(await store.startRun(plan, 'local')).toMatchObject(ours)
  })

  test('was created by a call of which every answer was lost', async () => {
    const { store } = failing(['timeout', 'timeout', 'timeout'], [outputOf(false)])
    await expect(store.startRun(plan, 'local')).rejects.toMatchObject({ kind: 'timeout' })
    expect(await store.startRun(plan, 'local')).toMatchObject(ours)
  })

  test.each([[[]], [['unavailable']]] as [StoreErrorKind[]][])(
    'on purpose is not created again, also if attempts fail as %j',
    async (kinds) => {
      const { store } = failing([null, ...kinds], [outputOf(true), outputOf(false)])
      expect(await store.startRun(plan, 'local')).toMatchObject(ours)
      expect(await store.startRun(plan, 'local')).toMatchObject({ created: false, joined: false })
    },
  )

  test('in a slot that has another run is not created', async () => {
    const other = { created: false, joined: true, run: { ...run, id: 'another' } }
    const { store } = failing(['timeout'], [other])
    expect(await store.startRun(plan, 'local')).toMatchObject({ created: false, joined: true })
  })
})
