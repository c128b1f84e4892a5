import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ListedModel, SyncOutcome } from '../../src/core/catalog.ts'
import type { PlannedProvider } from '../../src/core/plan.ts'
import { costOf, type Price, priceOf } from '../../src/core/price.ts'
import { everyModel } from '../../src/store/every-model.ts'
import { type Store, StoreError } from '../../src/store/store.ts'
import {
  listedModel as listed,
  samplePlan,
  sampleProbe,
  sampleResult,
  sampleTarget,
} from '../support/samples.ts'
import { type OpenTransport, transports } from '../support/transports.ts'
import { recordResult } from '../support/record-result.ts'

const fresh = (name: string) => `${name}-${randomUUID().slice(0, 8)}`

const outcomeOf = (provider: PlannedProvider, more: Partial<SyncOutcome> = {}): SyncOutcome => ({
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

const costing = (inputPerM: number, source = 'provider'): Price =>
  priceOf({ inputPerM, outputPerM: 2, source, asOf: '2026-11-26T00:00:00+00:00' })

const refusedTargets: [more: object, says: RegExp][] = [
  [{ parameters: 'least' }, /parameters must be an object/],
  [{ parameters: [] }, /parameters must be an object/],
  [
    { parameters: { reasoning: 'least', pins: 'groq' } },
    /parameters has no pins: it may have reasoning, pin/,
  ],
  [{ parameters: { reasoning: 'much' } }, /reasoning must be least or default/],
  [{ parameters: { reasoning: null } }, /reasoning must be least or default/],
  [{ parameters: { reasoning: 'least', pin: null } }, /pin must be a text/],
  [{ parameters: { pin: ' ' } }, /pin must be a text that is not blank/],
  [{ parameters: { max_tokens: 0 } }, /max_tokens must be a whole number from 1 on/],
  [{ parameters: { max_tokens: -5 } }, /max_tokens/],
  [{ parameters: { max_tokens: 1.5 } }, /max_tokens/],
  [{ parameters: { max_tokens: 1e12 } }, /max_tokens/],
  [{ parameters: { max_tokens: '64' } }, /max_tokens/],
  [{ parameters: { max_tokens: null } }, /max_tokens/],
  [{ active: 'yes' }, /active must be true or false/],
  [{ active: null }, /active must be true or false/],
  [{ active: undefined }, /active must be true or false/],
  [{ model: '' }, /model must be a text that is not blank/],
  [{ model: ' ' }, /model must be/],
  [{ model: 5 }, /model must be/],
  [{ model: null }, /model must be/],
  [{ provider: '' }, /provider must be/],
  [{ region: '' }, /region must be/],
  [{ parameter: {} }, /set_target has no parameter: it may have/],
]

const rates = { input_per_m: 1, output_per_m: 2 }
/** As text, since JSON of JavaScript has no 1e400. */
const refusedPrices: [price: string | null, says: RegExp][] = [
  [null, /set_price needs a price/],
  ['"free"', /price must be an object/],
  ['[]', /price must be an object/],
  ['{}', /(in|out)put_per_m must be a number from 0 on/],
  ['{"input_per_m": 1}', /output_per_m must be a number/],
  ...['"NaN"', '"Infinity"', '"1"', '-1', '1e400', 'null'].map((rate): [string, RegExp] => [
    `{"input_per_m": ${rate}, "output_per_m": 1}`,
    /input_per_m must be a number from 0 on/,
  ]),
  ...['"0.1"', '-0.1', '[]'].map((rate): [string, RegExp] => [
    JSON.stringify({ ...rates, cached_per_m: JSON.parse(rate) as unknown }),
    /cached_per_m must be a number/,
  ]),
  [JSON.stringify({ ...rates, cache_per_m: 1 }), /price has no cache_per_m: it may have/],
  ...[null, 'none', {}].map((overrides): [string, RegExp] => [
    JSON.stringify({ ...rates, overrides }),
    /overrides must be an array/,
  ]),
  ...[
    [null, /an override must be an object/],
    [{ over_input: 5 }, /an override has no over_input/],
    [{ over_input_tokens: '5' }, /over_input_tokens of an override must be a number/],
    [{ over_input_tokens: null }, /over_input_tokens of an override/],
    [{ input_per_m: null }, /input_per_m of an override/],
    [{ output_per_m: -1 }, /output_per_m of an override/],
    [{ from_utc: '9 pm', to_utc: '22:00' }, /from_utc of an override must be a time such as 22:30/],
    [{ from_utc: '21:00', to_utc: null }, /to_utc of an override/],
  ].map(([override, says]): [string, RegExp] => [
    JSON.stringify({ ...rates, overrides: [override] }),
    says as RegExp,
  ]),
]

describe.each(transports)('models, prices and targets over $name', ({ open }) => {
  let opened: OpenTransport
  let store: Store
  let about: PlannedProvider
  const rowsOf = async (text: string, values: unknown[] = []) => (await opened.sql.query(text, values)).rows

  beforeAll(async () => {
    opened = await open()
    store = opened.store
  })
  afterAll(() => opened.close())
  beforeEach(() => {
    const id = fresh('provider')
    about = { id, name: id.toUpperCase(), baseUrl: 'http://127.0.0.1/v1', logoUrl: null, synthetic: false }
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

  test('a listed model comes back with everything that was said of it', async () => {
    const model = listed('a-model', {
      displayName: 'A model',
      contextWindow: 131_072,
      outputLimit: 65_536,
      inputModalities: ['text', 'image'],
      outputModalities: ['text'],
      supportedParameters: ['temperature', 'a "quoted" one, with a comma'],
      deprecatedOn: '2026-12-01',
      shutdownOn: '2027-01-14',
    })
    const price: Price = {
      ...costing(0.45),
      cachedPerM: 0.1 + 0.2,
      cacheWritePerM: 0.0208333333333333,
      overrides: [
        { overInputTokens: 32_000, inputPerM: 1, cachedPerM: null },
        { fromUtc: '22:30', toUtc: '06:00', outputPerM: 3 },
      ],
    }
    await save([model], { prices: [{ model: 'a-model', before: null, price }] })
    const { price: _, ...facts } = model
    expect(await models()).toEqual([
      {
        ...facts,
        id: expect.any(String) as string,
        provider: about.id,
        available: true,
        lastSeenAt: expect.any(Date) as Date,
        leftAt: null,
        price,
        targets: [],
      },
    ])
  })

  test('what a later listing leaves out stays known, but for the dates', async () => {
    await save([
      listed('m', {
        contextWindow: 8,
        displayName: 'M',
        shutdownOn: '2027-01-01',
        inputModalities: ['text'],
      }),
    ])
    await save([listed('m', { type: 'responses' })])
    expect(await modelNamed('m')).toMatchObject({
      contextWindow: 8,
      displayName: 'M',
      inputModalities: ['text'],
      shutdownOn: null,
      type: 'responses',
    })
  })

  test('a model that left is kept and no longer available, and may return', async () => {
    await save([listed('stays'), listed('leaves')])
    await save([listed('stays')], { changes: { added: [], left: ['leaves'], returned: [], changed: [] } })
    expect(await modelNamed('leaves')).toMatchObject({ available: false, leftAt: expect.any(Date) as Date })
    expect(await modelNamed('stays')).toMatchObject({ available: true, leftAt: null })
    await save([listed('stays'), listed('leaves')])
    expect(await modelNamed('leaves')).toMatchObject({ available: true, leftAt: null })
  })

  test('a price that changes twice has three rows, and every result keeps the cost of its own time', async () => {
    const target = sampleTarget('m', about.id)
    const usage = {
      input: 1_000_000,
      output: 0,
      reasoning: null,
      cached: null,
      cacheWrite: null,
      source: 'usage',
      costUsd: null,
    } as const
    const costs: (number | null)[] = []
    for (const inputPerM of [1, 1, 3, 2, 2]) {
      await save([listed('m')], { prices: [{ model: 'm', before: null, price: costing(inputPerM) }] })
      const { models: known } = await store.readCatalog({ providers: [about.id] })
      const price = known.find(({ model }) => model === 'm')?.price ?? null
      const plan = { ...samplePlan([]), providers: [about] }
      const probe = { ...sampleProbe(target), price }
      await store.startRun({ ...plan, probes: [probe] }, 'local')
      const { usd } = costOf(usage, price, new Date())
      costs.push(usd)
      await recordResult(store, sampleResult(plan, probe, { costUsd: usd, computedUsd: usd }))
    }
    expect(costs).toEqual([1, 1, 3, 2, 2])
    const history = await rowsOf(
      `select p.input_price_per_m as rate, p.source from prices p join providers on providers.id = p.provider_id where slug = $1 order by p."timestamp"`,
      [about.id],
    )
    expect(history.map(({ rate }) => rate)).toEqual([1, 3, 2])
    const kept = await rowsOf(
      `select cost_usd, (prices ->> 'input_per_m')::float8 as rate from benchmark_results where provider = $1 order by created_at`,
      [about.id],
    )
    expect(kept).toEqual([1, 1, 3, 2, 2].map((usd) => ({ cost_usd: usd, rate: usd })))
  })

  test('the price that a person set stays over every sync and run, until it is ended', async () => {
    await save([listed('m')], { prices: [{ model: 'm', before: null, price: costing(1) }] })
    const own = { ...costing(9, 'manual'), asOf: null }
    const set = await store.setPrice({ provider: about.id, about, model: 'm', price: own })
    expect(set.price).toMatchObject({ inputPerM: 9, source: 'manual' })
    await save([listed('m')], { prices: [{ model: 'm', before: null, price: costing(2) }] })
    expect((await modelNamed('m'))?.price).toMatchObject({ inputPerM: 9, source: 'manual' })
    const ended = await store.setPrice({ provider: about.id, about, model: 'm', price: null })
    expect(ended.price).toMatchObject({ inputPerM: 1, source: 'provider' })
    await save([listed('m')], { prices: [{ model: 'm', before: null, price: costing(2) }] })
    expect((await modelNamed('m'))?.price).toMatchObject({ inputPerM: 2, source: 'provider' })
  })

  test('the same sync twice is one sync, and several at once are all there', async () => {
    const outcome = outcomeOf(about, {
      prices: [{ model: 'm', before: null, price: costing(1) }],
      listed: 1,
      chat: 1,
    })
    const input = { about, trigger: 'cron' as const, outcome, models: [listed('m')] }
    const answers = await Promise.all(Array.from({ length: 4 }, () => store.saveSync(input)))
    expect(answers.filter(({ recorded }) => recorded)).toHaveLength(1)
    await Promise.all(
      Array.from({ length: 4 }, () =>
        save([listed('m')], { prices: [{ model: 'm', before: null, price: costing(1) }] }),
      ),
    )
    expect((await store.listSyncs({ provider: about.id, after: null, limit: 10 })).rows).toHaveLength(5)
    const [count] = await rowsOf(
      'select count(*)::int as n from prices p join providers on providers.id = p.provider_id where slug = $1',
      [about.id],
    )
    expect(count).toEqual({ n: 1 })
  })

  test('syncs are listed with their counts and details, the latest first, page by page', async () => {
    const target = sampleTarget('m', about.id)
    const first = outcomeOf(about, {
      listed: 5,
      chat: 4,
      unreadable: 1,
      unpriced: 2,
      changes: { added: ['a', 'b'], left: ['c'], returned: [], changed: ['d'] },
      prices: [{ model: 'a', before: null, price: costing(1) }],
      conflicts: [{ model: 'a', chosen: costing(1), other: costing(2, 'models.dev'), gap: 0.5 }],
      leaving: [{ target, shutdownOn: null, successor: null, healed: false }],
    })
    const second = outcomeOf(about, {
      status: 'failed',
      reason: 'no answer',
      startedAt: new Date('2026-11-27T02:00:00Z'),
    })
    await store.saveSync({ about, trigger: 'cron', outcome: first, models: [] })
    await store.saveSync({ about, trigger: 'manual', outcome: second, models: [] })
    const page = await store.listSyncs({ provider: about.id, after: null, limit: 1 })
    expect(page).toMatchObject({
      rows: [{ id: second.id, status: 'failed', reason: 'no answer', triggered_by: 'manual' }],
      next: second.id,
    })
    const { rows, next } = await store.listSyncs({ provider: about.id, after: page.next, limit: 1 })
    expect(next).toBeNull()
    expect(rows).toMatchObject([
      {
        id: first.id,
        provider: about.id,
        n_listed: 5,
        n_chat: 4,
        n_unreadable: 1,
        n_added: 2,
        n_left: 1,
        n_returned: 0,
        n_changed: 1,
        n_prices: 1,
        n_conflicts: 1,
        n_leaving: 1,
        n_unpriced: 2,
        details: {
          added: ['a', 'b'],
          left: ['c'],
          prices: [{ model: 'a', before: null, price: { input_per_m: 1 } }],
          conflicts: [{ model: 'a', gap: 0.5, other: { source: 'models.dev' } }],
          leaving: [{ target: { model: 'm', parameters: { reasoning: 'least' } }, successor: null }],
        },
      },
    ])
  })

  test('models come page by page, in the order of their names', async () => {
    const names = Array.from({ length: 5 }, (_, index) => `m${index}`)
    await save(names.map((name) => listed(name)))
    const seen: string[] = []
    for (let after: string | null = null, more = true; more; more = after !== null) {
      const page = await store.listModels({ providers: [about.id], after, limit: 2 })
      expect(page.rows.length).toBeLessThanOrEqual(2)
      seen.push(...page.rows.map(({ model }) => model))
      after = page.next
    }
    expect(seen).toEqual(names)
    await expect(store.listModels({ providers: null, after: randomUUID(), limit: 2 })).rejects.toThrow(
      /start again from the first page/,
    )
  })

  test('two targets of one model differ by their parameters, and are switched together or alone', async () => {
    const pinned = { reasoning: 'least', pin: 'groq' } as const
    expect(await setTarget('m')).toMatchObject({
      changed: 1,
      rows: [{ active: true, parameters: { reasoning: 'least' } }],
    })
    expect(await setTarget('m', { parameters: pinned })).toMatchObject({
      changed: 1,
      rows: [{}, { parameters: pinned, active: true }],
    })
    expect(await setTarget('m', { parameters: pinned })).toMatchObject({ changed: 0 })
    expect(await setTarget('m', { parameters: pinned, active: false })).toMatchObject({
      changed: 1,
      rows: [{ active: true }, { active: false }],
    })
    expect(await setTarget('m', { parameters: pinned, region: 'fra1' })).toMatchObject({
      changed: 1,
      rows: [{}, {}, { region: 'fra1' }],
    })
    expect(await setTarget('m', { active: false })).toMatchObject({ changed: 2 })
    const catalog = await store.readCatalog({ providers: [about.id] })
    expect(catalog.targets).toEqual([])
    expect(catalog.paused).toHaveLength(3)
    expect(await setTarget('m')).toMatchObject({ changed: 3 })
    expect((await store.readCatalog({ providers: [about.id] })).targets).toHaveLength(3)
  })

  test('a target that is healed goes on with its successor; the old one is off, and a pinned one is left alone', async () => {
    const pinned = { reasoning: 'default', pin: 'groq' } as const
    await setTarget('old', { parameters: { reasoning: 'default', maxTokens: 100 }, region: 'fra1' })
    await setTarget('old', { parameters: pinned })
    const target = sampleTarget('old', about.id)
    await save([listed('new')], { leaving: [{ target, shutdownOn: null, successor: 'new', healed: true }] })
    expect((await modelNamed('old'))?.targets).toMatchObject([
      { active: false, parameters: { maxTokens: 100 }, region: 'fra1' },
      { active: true, parameters: pinned },
    ])
    expect((await modelNamed('new'))?.targets).toMatchObject([
      { active: true, parameters: { reasoning: 'default', maxTokens: 100 }, region: 'fra1' },
    ])
  })

  test('a provider that nobody told about is an error that says what creates it', async () => {
    const failed = setTarget('m', { provider: fresh('nobody'), about: null })
    await expect(failed).rejects.toThrow(/its first run or sync creates it/)
    await expect(failed).rejects.toBeInstanceOf(StoreError)
  })

  test('a person can do the same in SQL', async () => {
    await save([listed('m')])
    await rowsOf(
      `select set_target(jsonb_build_object('provider', $1::text, 'model', 'm', 'active', true)) as done`,
      [about.id],
    )
    await rowsOf(
      `select set_price(jsonb_build_object('provider', $1::text, 'model', 'm', 'price', '{"input_per_m": 1, "output_per_m": 2}'::jsonb)) as done`,
      [about.id],
    )
    expect(await modelNamed('m')).toMatchObject({
      price: { inputPerM: 1, outputPerM: 2, source: 'manual' },
      targets: [{ active: true }],
    })
  })

  const codeOf = (call: Promise<unknown>) =>
    call.then(
      () => ({}),
      (error: Error & { code?: unknown }) => ({ code: error.code, message: error.message }),
    )

  test('a target that no reader understands is refused, with what to do, and leaves nothing', async () => {
    for (const [more, says] of refusedTargets) {
      const input = JSON.stringify({
        provider: about.id,
        about: { slug: about.id },
        model: 'm',
        active: true,
        ...more,
      })
      expect(await codeOf(rowsOf('select set_target($1::jsonb)', [input])), input).toEqual({
        code: '22023',
        message: expect.stringMatching(says) as string,
      })
    }
    expect(await models()).toEqual([])
  })

  test('a price that nobody can compute with is refused, with what to do, and leaves nothing', async () => {
    for (const [price, says] of refusedPrices) {
      const rest = JSON.stringify({ provider: about.id, about: { slug: about.id }, model: 'm' })
      const input = price === null ? rest : rest.replace(/}$/, `, "price": ${price}}`)
      expect(await codeOf(rowsOf('select set_price($1::jsonb)', [input])), input).toEqual({
        code: '22023',
        message: expect.stringMatching(says) as string,
      })
    }
    expect(await models()).toEqual([])
  })

  test('what a person leaves out of a target or a price is as usual', async () => {
    await save([listed('m')])
    const call = (name: string, more: object) =>
      rowsOf(`select ${name}($1::jsonb)`, [JSON.stringify({ provider: about.id, model: 'm', ...more })])
    await call('set_target', { active: true, parameters: { pin: 'groq' } })
    await call('set_price', {
      price: { ...rates, reasoning_per_m: null, overrides: [{ over_input_tokens: 5, cached_per_m: null }] },
    })
    expect(await modelNamed('m')).toMatchObject({
      targets: [{ parameters: { reasoning: 'least', pin: 'groq' } }],
      price: { inputPerM: 1, reasoningPerM: null, overrides: [{ overInputTokens: 5, cachedPerM: null }] },
    })
  })

  test('a rate that is negative, infinite or no number is in no row of prices', async () => {
    await save([listed('m')], { prices: [{ model: 'm', before: null, price: costing(1) }] })
    const { id = '' } = (await modelNamed('m')) ?? {}
    for (const column of ['input', 'output', 'cached', 'cache_write', 'reasoning'])
      for (const rate of ['-1', 'Infinity', 'NaN'])
        expect(
          await codeOf(
            rowsOf(`update prices set ${column}_price_per_m = $1 where model_id = $2`, [rate, id]),
          ),
        ).toMatchObject({ code: '23514' })
  })

  test('the price that a person set stays, also where it equals the one that a provider had', async () => {
    await save([listed('m')], { prices: [{ model: 'm', before: null, price: costing(1) }] })
    const own = { ...costing(1, 'manual'), asOf: null }
    for (let times = 0; times < 2; times += 1)
      await store.setPrice({ provider: about.id, about, model: 'm', price: own })
    await save([listed('m')], { prices: [{ model: 'm', before: null, price: costing(5) }] })
    expect((await modelNamed('m'))?.price).toMatchObject({ inputPerM: 1, source: 'manual' })
    expect(
      await rowsOf(
        `select pr.source from prices pr join providers p on p.id = pr.provider_id where p.slug = $1 order by pr."timestamp"`,
        [about.id],
      ),
    ).toEqual([{ source: 'provider' }, { source: 'manual' }])
  })

  test('to switch off a target that is not there is an error and changes nothing', async () => {
    await setTarget('m')
    const before = await models()
    for (const more of [
      { parameters: { reasoning: 'default' } as const },
      { parameters: { reasoning: 'least' } as const, region: 'fra1' },
    ]) {
      const failed = setTarget('m', { ...more, active: false })
      await expect(failed).rejects.toThrow(
        `${about.id} has no target m with {"reasoning": "${more.parameters.reasoning}"}`,
      )
      await expect(failed).rejects.toMatchObject({ kind: 'missing', code: 'P0002' })
    }
    await expect(setTarget('misspelt', { active: false })).rejects.toThrow(
      /has no target misspelt: list_models/,
    )
    expect(await models()).toEqual(before)
  })

  test('the first target of a provider can be switched off before any run, so that none is chosen', async () => {
    const usual = { parameters: { reasoning: 'least' } as const, active: false }
    expect(await setTarget('m', { active: false })).toMatchObject({ changed: 1, rows: [{ active: false }] })
    expect(await setTarget('m', usual)).toMatchObject({ changed: 0, rows: [{ active: false }] })
    expect((await store.readCatalog({ providers: [about.id] })).paused).toHaveLength(1)
  })
})
