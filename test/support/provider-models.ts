import { randomUUID } from 'node:crypto'
import { beforeEach } from 'vitest'
import type { ListedModel, SyncOutcome } from '../../src/core/catalog.ts'
import type { PlannedProvider } from '../../src/core/plan.ts'
import { type Price, priceOf } from '../../src/core/price.ts'
import { everyModel } from '../../src/store/every-model.ts'
import type { Store } from '../../src/store/store.ts'
import { openedTransport } from './opened-transport.ts'
import type { OpenTransport } from './transports.ts'

export const fresh = (name: string) => `${name}-${randomUUID().slice(0, 8)}`

export const outcomeOf = (provider: PlannedProvider, more: Partial<SyncOutcome> = {}): SyncOutcome => ({
  id: randomUUID(),
  provider,
  status: 'saved',
  reason: null,
  startedAt: new Date('2026-11-26T02:00:00.123Z'),
  finishedAt: new Date('2026-11-26T02:00:01.456Z'),
  listed: 0,
  chat: 0,
  unreadable: 0,
  unpriced: 0,
  changes: { added: [], left: [], returned: [], changed: [] },
  prices: [],
  conflicts: [],
  leaving: [],
  ...more,
})

export const costing = (inputPerM: number, source = 'provider'): Price =>
  priceOf({ inputPerM, outputPerM: 2, source, asOf: '2026-11-26T00:00:00+00:00' })

/** A store over a transport, with a new provider `about` for every test, and its models. */
export function providerModels(open: () => Promise<OpenTransport>) {
  const { store, rowsOf } = openedTransport(open)
  const about: PlannedProvider = {
    id: '',
    name: '',
    baseUrl: 'http://127.0.0.1/v1',
    logoUrl: null,
    synthetic: false,
  }
  beforeEach(() => {
    const id = fresh('provider')
    Object.assign(about, { id, name: id.toUpperCase() })
  })

  const save = (models: ListedModel[], more: Partial<SyncOutcome> = {}) =>
    store.saveSync({ about, trigger: 'cron', outcome: outcomeOf(about, more), models })
  const models = () => everyModel(store, [about.id])
  const modelNamed = async (name: string) => (await models()).find(({ model }) => model === name)
  const setTarget = (model: string, more: Partial<Parameters<Store['setTarget']>[0]> = {}) =>
    store.setTarget({
      provider: about.id,
      about,
      model,
      parameters: null,
      region: null,
      active: true,
      ...more,
    })

  return { store, rowsOf, about, save, models, modelNamed, setTarget }
}
