import { describe, expect, test } from 'vitest'
import { StoreError } from '../../src/store/store.ts'
import { costing, fresh, providerModels } from '../support/provider-models.ts'
import { listedModel as listed, sampleTarget } from '../support/samples.ts'
import { transport } from '../support/transports.ts'

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
  [{ limits: [] }, /limits must be an object with ttft_ms, latency_ms/],
  [{ limits: { ttft: 5 } }, /limits has no ttft: it may have ttft_ms, latency_ms/],
  ...[0, -1, 1.5, 3_600_001, '500', true].map((ms): [object, RegExp] => [
    { limits: { latency_ms: ms } },
    /latency_ms must be a whole number of ms, 1 to 3600000, or null/,
  ]),
  [{ active: null, limits: {} }, /active must be true or false/],
  [{ active: null, slo: {} }, /active must be true or false/],
  [{ slo: [] }, /slo must be an object with days, availability, ttft, latency/],
  [{ slo: { uptime: 0.9 } }, /slo has no uptime: it may have/],
  ...[6, 91, 7.5, '30', true].map((days): [object, RegExp] => [
    { slo: { days } },
    /days must be a whole number, 7 to 90, or null for 30/,
  ]),
  ...[0.5, 1, 99, '0.99', true].flatMap((share): [object, RegExp][] => [
    [{ slo: { availability: share } }, /availability must be a share such as 0.99: above 0.5 and below 1/],
    [{ slo: { ttft: { within_ms: 5, share } } }, /share of ttft must be a share such as 0.99/],
  ]),
  [{ slo: { ttft: { within_ms: 5 } } }, /share of ttft must be a share/],
  [{ slo: { ttft: 800 } }, /ttft must be an object with within_ms, share/],
  ...[0, 1.5, 3_600_001, '500', null].map((ms): [object, RegExp] => [
    { slo: { latency: { within_ms: ms, share: 0.9 } } },
    /within_ms of latency must be a whole number of ms, 1 to 3600000/,
  ]),
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

describe.each(transport('Postgres 17'))('targets and prices of a person over $name', ({ open }) => {
  const { store, rowsOf, about, save, models, modelNamed, setTarget } = providerModels(open)

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

  test('limits are set for one target or all of a model, and taken away one by one', async () => {
    const pinned = { reasoning: 'least', pin: 'groq' } as const
    const limitsOf = (rows: readonly { limits: unknown }[]) => rows.map(({ limits }) => limits)
    const limit = async (limits: object, more: object = {}) => {
      const { rows, changed } = await setTarget('m', { active: null, limits, ...more })
      return { changed, limits: limitsOf(rows) }
    }
    const [none, both] = [
      { ttftMs: null, latencyMs: null },
      { ttftMs: 800, latencyMs: 5000 },
    ]
    await setTarget('m')
    await setTarget('m', { parameters: pinned })
    expect(await limit({ ttftMs: 800 })).toEqual({
      changed: 2,
      limits: [
        { ttftMs: 800, latencyMs: null },
        { ttftMs: 800, latencyMs: null },
      ],
    })
    expect(await limit({ latencyMs: 5000 }, { parameters: pinned })).toEqual({
      changed: 1,
      limits: [{ ttftMs: 800, latencyMs: null }, both],
    })
    expect(await limit({ latencyMs: 5000 }, { parameters: pinned })).toMatchObject({ changed: 0 })
    expect(await limit({ ttftMs: null, latencyMs: null })).toEqual({ changed: 2, limits: [none, none] })
    expect((await modelNamed('m'))?.targets).toMatchObject([{ active: true }, { active: true }])
    expect(
      await rowsOf(
        `select limits from targets where provider_id = (select id from providers where slug = $1)`,
        [about.id],
      ),
    ).toEqual([{ limits: null }, { limits: null }])
  })

  test('a new target may begin with limits; limits alone make none, and switch none', async () => {
    const failed = setTarget('m', { active: null, limits: { ttftMs: 1 } })
    await expect(failed).rejects.toThrow(/has no target m/)
    expect(await modelNamed('m')).toBeUndefined()
    expect(await setTarget('m', { limits: { ttftMs: 3_600_000 } })).toMatchObject({
      rows: [{ active: true, limits: { ttftMs: 3_600_000 } }],
    })
    await setTarget('m', { active: false })
    expect(await setTarget('m', { active: null, limits: { ttftMs: 1 } })).toMatchObject({
      rows: [{ active: false, limits: { ttftMs: 1 } }],
    })
  })

  test('objectives are set for one target or all of a model, and taken away part by part', async () => {
    const pinned = { reasoning: 'least', pin: 'groq' } as const
    const aim = async (slo: object, more: object = {}) => {
      const { rows, changed } = await setTarget('m', { active: null, slo, ...more })
      return { changed, slos: rows.map((each) => each.slo) }
    }
    await setTarget('m', { slo: { availability: 0.9 } })
    await setTarget('m', { parameters: pinned })
    const ttft = { within_ms: 800, share: 0.95 }
    expect(await aim({ availability: 0.999, ttft, days: 7 })).toEqual({
      changed: 2,
      slos: [
        { availability: 0.999, ttft, days: 7 },
        { availability: 0.999, ttft, days: 7 },
      ],
    })
    expect(await aim({ ttft: null, days: null, latency: null })).toMatchObject({
      changed: 2,
      slos: [{ availability: 0.999 }, { availability: 0.999 }],
    })
    expect(await aim({ availability: null }, { parameters: pinned })).toEqual({
      changed: 1,
      slos: [{ availability: 0.999 }, null],
    })
    expect(await aim({ days: 60 }, { parameters: pinned })).toMatchObject({ changed: 0, slos: [{}, null] })
    expect((await modelNamed('m'))?.targets).toMatchObject([{ active: true }, { active: true }])
  })

  test('a healed target continues with its successor; the old one is inactive, and a pinned one is left alone', async () => {
    const pinned = { reasoning: 'default', pin: 'groq' } as const
    await setTarget('old', { parameters: { reasoning: 'default', maxTokens: 100 }, region: 'fra1' })
    await setTarget('old', { parameters: pinned })
    const target = sampleTarget('old', about.id)
    await save([listed('new')], {
      leaving: [{ target, shutdownOn: null, successor: 'new', healed: true, isOwned: false }],
    })
    expect((await modelNamed('old'))?.targets).toMatchObject([
      { active: false, parameters: { maxTokens: 100 }, region: 'fra1' },
      { active: true, parameters: pinned },
    ])
    expect((await modelNamed('new'))?.targets).toMatchObject([
      { active: true, parameters: { reasoning: 'default', maxTokens: 100 }, region: 'fra1' },
    ])
  })

  test('an unknown provider is an error that says what creates it', async () => {
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

  test('a target that cannot be understood is refused, with what to do, and leaves nothing', async () => {
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

  test('a price that cannot be computed with is refused, with what to do, and leaves nothing', async () => {
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

  test('omitted fields of a target or a price get their defaults', async () => {
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

  test('the price of a person stays, even if it equals the one that a provider had', async () => {
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

  test('deactivating a missing target is an error and changes nothing', async () => {
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

  test('the first target of a provider can be deactivated before any run, so that none is chosen', async () => {
    const usual = { parameters: { reasoning: 'least' } as const, active: false }
    expect(await setTarget('m', { active: false })).toMatchObject({ changed: 1, rows: [{ active: false }] })
    expect(await setTarget('m', usual)).toMatchObject({ changed: 0, rows: [{ active: false }] })
    expect((await store.readCatalog({ providers: [about.id] })).paused).toHaveLength(1)
  })
})
