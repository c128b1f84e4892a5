import { type AddressInfo, createServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { configuredProviders } from '../../../src/registry/configure.ts'
import { StoreError, type StoreErrorKind } from '../../../src/store/store.ts'
import { openPriceBooks, shippedBooks } from '../../../src/sync/price-books.ts'
import { type SyncEvent, syncModels, type SyncParts } from '../../../src/sync/sync.ts'
import { type Listings, serveListings } from '../../support/listings.ts'
import { listedModel } from '../../support/samples.ts'
import { stubStore } from '../../support/stub-store.ts'

let server: Listings
beforeAll(async () => {
  server = await serveListings({ '/models': { body: { data: [{ id: 'a' }] } } })
})
afterAll(() => server.close())

/** Syncs OpenAI and Groq; the first outcome that is saved without a reason meets this error. */
async function syncWith(error: Error, more: Partial<SyncParts> = {}) {
  const saved: [provider: string, status: string, reason: string | null][] = []
  let refused = false
  const store = stubStore({
    listModels: async () => ({ rows: [], next: null }),
    saveSync: ({ outcome: { provider, status, reason } }) => {
      if (!refused && reason === null) {
        refused = true
        return Promise.reject(error)
      }
      saved.push([provider.id, status, reason])
      return Promise.resolve({ recorded: true })
    },
  })
  const { providers } = configuredProviders({
    OPENAI_API_KEY: 'sk-a',
    OPENAI_BASE_URL: server.url,
    GROQ_API_KEY: 'gsk_a',
    GROQ_BASE_URL: server.url,
  })
  const now = new Date('2026-11-26T00:00:00Z')
  const events: SyncEvent[] = []
  for await (const event of syncModels({
    store,
    clock: { now: () => 0, date: () => now },
    uuid: () => '00000000-0000-4000-8000-000000000000',
    providers,
    books: await openPriceBooks({ ...shippedBooks, now }),
    trigger: 'manual',
    env: {},
    egressAllow: [],
    dryRun: false,
    heal: false,
    acceptShrunk: false,
    stop: new AbortController().signal,
    ...more,
  }))
    events.push(event)
  return {
    events,
    saved,
    outcomes: events.flatMap((event) => (event.type === 'outcome' ? [event.outcome] : [])),
  }
}

test.each<[string, Error]>([
  ['the database refuses', new StoreError('invalid', 'no such day')],
  ['clashes with itself', new StoreError('conflict', 'no such day')],
  ['breaks our own code', new TypeError('no such day')],
])('what %s fails its provider, and the next one is asked', async (_, error) => {
  const { outcomes, saved } = await syncWith(error)
  expect(outcomes.map(({ provider, status }) => [provider.id, status])).toEqual([
    ['openai', 'failed'],
    ['groq', 'saved'],
  ])
  expect(saved).toEqual([
    ['openai', 'failed', 'the listing of OpenAI could not be processed: no such day'],
    ['groq', 'saved', null],
  ])
})

test.each<StoreErrorKind>(['unavailable', 'timeout', 'denied', 'missing'])(
  'a database that is %s ends the sync',
  async (kind) => {
    const { events } = await syncWith(new StoreError(kind, 'away'))
    expect(events.map(({ type }) => type)).toEqual(['asking', 'store_failed'])
  },
)

test('a stopped sync names the providers it did not ask', async () => {
  const { events } = await syncWith(new Error('never'), { stop: AbortSignal.abort() })
  expect(events).toEqual([{ type: 'stopped', notAsked: ['openai', 'groq'] }])
})

test('a listing that the time of the sync ends says so, and the providers after it were not asked', async () => {
  const silent = createServer(() => undefined)
  await new Promise<void>((up) => silent.listen(0, '127.0.0.1', up))
  const { providers } = configuredProviders({
    OPENAI_API_KEY: 'sk-a',
    OPENAI_BASE_URL: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
    GROQ_API_KEY: 'gsk_a',
  })
  const { events, saved } = await syncWith(new Error('never'), { providers, stop: AbortSignal.timeout(50) })
  expect(saved).toEqual([['openai', 'failed', 'the time was over before the listing was complete']])
  expect(events.at(-1)).toEqual({ type: 'stopped', notAsked: ['groq'] })
  silent.close()
})

test('a target of firsttoken.yaml is not healed: that it leaves is told with its successor', async () => {
  const target = { provider: 'openai', parameters: { reasoning: 'least' as const }, region: null }
  const of = { active: true, limits: { ttftMs: null, latencyMs: null } }
  const known = (model: string, ownedBy: 'file' | null) => ({
    ...listedModel(model),
    id: model,
    provider: 'openai',
    price: null,
    priceOwnedBy: null,
    available: true,
    lastSeenAt: new Date('2026-11-01T00:00:00Z'),
    leftAt: null,
    targets: [
      { ...target, ...of, id: model, model, slo: null, everyMinutes: null, thinnedMinutes: null, ownedBy },
    ],
  })
  const [openai] = configuredProviders({ OPENAI_API_KEY: 'sk-a', OPENAI_BASE_URL: server.url }).providers
  const candidates = ['a', 'b'].map((model) => ({ model }))
  const providers = openai === undefined ? [] : [{ ...openai, entry: { ...openai.entry, candidates } }]
  server.routes['/models'] = { body: { data: ['a', 'b'].map((id) => ({ id })) } }
  const store = stubStore({
    listModels: async () => ({ rows: [known('kept', 'file'), known('free', null)], next: null }),
    saveSync: async () => ({ recorded: true }),
  })
  const { outcomes } = await syncWith(new Error('never'), {
    store,
    providers,
    heal: true,
    acceptShrunk: true,
  })
  expect(outcomes[0]?.leaving.map(({ target: { model }, ...rest }) => ({ model, ...rest }))).toEqual([
    { model: 'kept', shutdownOn: null, successor: 'a', healed: false, isOwned: true },
    { model: 'free', shutdownOn: null, successor: 'b', healed: true, isOwned: false },
  ])
})
