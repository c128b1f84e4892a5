import { expect, test } from 'vitest'
import { chaos } from '../../bench/chaos/chaos.ts'
import { copyDatabase } from '../support/held-database.ts'

test('a scheduler that is killed and stopped at random forgets no slot and loses no call but with a kill', async () => {
  const seed = 7
  const {
    slots,
    kills,
    unrecorded,
    open: _,
    ...outcome
  } = await chaos({
    store: 'embedded',
    seed,
    seconds: 8,
    settleMs: 6000,
    prepare: copyDatabase,
  })
  expect(slots).toBeGreaterThan(2)
  expect(kills).toBeGreaterThan(0)
  expect(unrecorded).toBeLessThanOrEqual(kills)
  expect(outcome).toMatchObject({ forgotten: 0, twice: 0, speechless: 0, lost: 0 })
})
