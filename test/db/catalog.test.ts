import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { costOf, type Price } from '../../src/core/price.ts'
import { costing, outcomeOf, providerModels } from '../support/provider-models.ts'
import { recordResult } from '../support/record-result.ts'
import {
  listedModel as listed,
  samplePlan,
  sampleProbe,
  sampleResult,
  sampleTarget,
} from '../support/samples.ts'
import { transport } from '../support/transports.ts'

describe.each(transport('supabase-js'))('models, prices and syncs over $name', ({ open }) => {
  const { store, rowsOf, about, save, models, modelNamed } = providerModels(open)

  test('a listed model is returned with all its fields', async () => {
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
        priceOwnedBy: null,
        targets: [],
      },
    ])
  })

  test('fields that a later listing omits stay known, except the dates', async () => {
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
      leaving: [{ target, shutdownOn: null, successor: null, healed: false, isOwned: false }],
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
})
