import { expect, test } from 'vitest'
import { parseLoads, toggled } from '../../../web/screens/lab/loads.ts'
import { parseOutputs } from '../../../web/screens/lab/outputs.ts'
import { askedOf, sloText, whyNot } from '../../../web/screens/lab/request.ts'
import { labSearch } from '../../../web/screens/lab/search.ts'

const id = '019e5a00-0000-7000-8000-000000000001'
const other = '019e5a00-0000-7000-8000-000000000002'

test('a URL says what is chosen; what is usual, out of range or unknown is left out', () => {
  const given = {
    models: ['groq/openai/gpt-oss-20b'],
    loop: 'open',
    rates: [0.5, 10],
    arrivals: 'poisson',
    seed: 0,
    tiers: [0, 5000],
    ttft: 500,
    own: true,
    run: id,
    pick: [id, other],
    compare: true,
    by: 'latency',
  }
  expect(labSearch(given)).toEqual(given)
  const wrong = {
    models: ['gpt-5', 7],
    loop: 'closed',
    concurrency: [0, 1.5, 2000, '4'],
    rates: [],
    total: 50,
    seed: -1,
    slots: 256,
    tiers: [0],
    tokens: 256,
    own: 'yes',
    run: 'x',
    pick: ['x'],
    compare: true,
    by: 'ttft',
    view: 'all',
  }
  expect(labSearch(wrong)).toEqual({})
  expect(labSearch({ concurrency: [4, 1, 4, 'x', 0] })).toEqual({ concurrency: [4, 1] })
  expect(labSearch({ pick: [id], compare: true })).toEqual({ pick: [id] })
})

test('loads are read from a text, or it is said what is wrong with it', () => {
  const range = { least: 1, most: 1000, whole: true, entries: 3 }
  expect(parseLoads(' 1,2; 4 4', range)).toEqual({ loads: [1, 2, 4] })
  expect(parseLoads('', range)).toEqual({ problem: 'Name at least one' })
  expect(parseLoads('1, 2.5', range)).toEqual({ problem: "'2.5' is no whole number from 1 to 1000" })
  expect(parseLoads('1, x', range)).toEqual({ problem: "'x' is no whole number from 1 to 1000" })
  expect(parseLoads('1 2 3 4', range)).toEqual({ problem: 'At most 3, and these are 4' })
  expect(parseLoads('0.5', { ...range, least: 0.001, whole: false })).toEqual({ loads: [0.5] })
  expect([toggled([1, 4], 2), toggled([1, 4], 4)]).toEqual([[1, 2, 4], [1]])
})

const models = ['openai/gpt-5']
const targets = [{ provider_id: 'openai', model: 'gpt-5' }]

test('a request says what its kind of load takes, and no more', () => {
  const usual = { targets, total: 50, context_tiers: [0], max_tokens: 256 }
  const arrivals = { arrivals: 'poisson', seed: 7, slots: 20 } as const
  expect(askedOf({ models, ...arrivals })).toEqual({ ...usual, concurrency: [1, 2, 4, 8] })
  expect(askedOf({ models, loop: 'open', rates: [5], ...arrivals })).toEqual({
    ...usual,
    rates: [5],
    ...arrivals,
  })
  expect(askedOf({ models, loop: 'open', seed: 7 })).toEqual({
    ...usual,
    rates: [0.5, 1, 2],
    arrivals: 'constant',
  })
  const more = {
    models,
    ttft: 500,
    latency: 2000,
    limit: 0,
    errors: 5,
    temperature: 0,
    own: true,
    text: 'Hi',
    prompt: 'code',
  } as const
  expect(askedOf(more)).toMatchObject({
    slo: { ttft_ms: 500, latency_ms: 2000 },
    max_cost_usd: 0,
    max_errors: 5,
    temperature: 0,
    i_own_this_endpoint: true,
    prompt: 'Hi',
  })
  expect([sloText(more), sloText({})]).toEqual(['ttft=500ms,latency=2000ms', null])
})

test('what cannot be started says why', () => {
  expect(whyNot({})).toBe('Select a model to load')
  expect(whyNot({ models, text: ' ' })).toMatch(/Write a prompt/)
  expect(whyNot({ models: Array.from({ length: 21 }, (_, n) => `a/${n}`) })).toMatch(/at most 20 models/)
  expect(whyNot({ models, seek: 'goodput' })).toMatch(/^Enter what a good request keeps/)
  expect(whyNot({ models, seek: 'goodput', tpot: 30 })).toBeNull()
  expect(whyNot({ models, cache: 'warm', category: 'qa' })).toMatch(/^A warm cache is sent one prompt/)
  expect(whyNot({ models, cache: 'shared', shared: 2000, tiers: [0, 5000] })).toMatch(/^2,000 shared tokens/)
  expect(whyNot({ models, cache: 'shared', tiers: [5000] })).toBeNull()
  expect(whyNot({ models, text: ' ', category: 'qa' })).toBeNull()
  expect(whyNot({ models })).toBeNull()
})

test('a search, a duration and what requests say are in the URL and in the request', () => {
  const chosen = {
    models,
    seek: 'goodput',
    goodput: 99.5,
    most: 64,
    seconds: 30,
    think: 200,
    spread: 'exponential',
    outputs: '64..256',
    cache: 'shared',
    shared: 4000,
    tiers: [5000],
    category: 'code',
    ttft: 500,
  } as const
  expect(labSearch({ ...chosen })).toEqual(chosen)
  // A level ends by one of both.
  expect(labSearch({ seconds: 30, total: 9 })).toEqual({ seconds: 30 })
  const wrong = {
    seek: 'all',
    goodput: 100,
    most: 0,
    think: 0.5,
    spread: 'fixed',
    outputs: '9..3',
    cache: 'cold',
  }
  expect(labSearch({ ...wrong, shared: 1000, category: 'other', goodput: 95 })).toEqual({})
  const body = askedOf({ ...chosen, tiers: [5000] })
  expect(body).toEqual({
    targets,
    concurrency: 'auto',
    find: { goodput: 0.995 },
    most: 64,
    duration_s: 30,
    think_ms: 200,
    think_spread: 'exponential',
    context_tiers: [5000],
    output_tokens: { least: 64, most: 256 },
    cache: { shared_tokens: 4000 },
    prompt_category: 'code',
    slo: { ttft_ms: 500 },
  })
  expect(askedOf({ models, seek: 'growth', cache: 'warm', outputs: '64, 256', prompt: 'code' })).toEqual({
    targets,
    concurrency: 'auto',
    most: 256,
    context_tiers: [0],
    output_tokens: [64, 256],
    cache: 'warm',
    prompt: 'code',
  })
  // An open loop has clients that do not wait, and does not grow by itself.
  expect(askedOf({ models, loop: 'open', seek: 'growth', think: 200 })).toMatchObject({ rates: [0.5, 1, 2] })
  expect(askedOf({ models, loop: 'open', seek: 'goodput', think: 200, ttft: 9 })).toEqual({
    targets,
    rates: 'auto',
    find: { goodput: 0.95 },
    most: 256,
    arrivals: 'constant',
    context_tiers: [0],
    max_tokens: 256,
    slo: { ttft_ms: 9 },
  })
  for (let percent = 1; percent <= 999; percent++) {
    const { find } = askedOf({ models, seek: 'goodput', goodput: percent / 10 }) as {
      find: { goodput: number }
    }
    expect(find.goodput).toBe(Number((percent / 1000).toFixed(3)))
  }
})

test('output limits are read from a text, or it is said what is wrong with it', () => {
  expect(parseOutputs('64')).toEqual({ outputs: [64] })
  expect(parseOutputs(' 64,256; 9')).toEqual({ outputs: [64, 256, 9] })
  expect(parseOutputs('64 .. 256')).toEqual({ outputs: { least: 64, most: 256 } })
  expect(parseOutputs(' ')).toEqual({ problem: 'Name at least one, such as 64, 256 or 64..256' })
  expect(parseOutputs('64, 0')).toEqual({ problem: "'0' is no whole number from 1 to 16384" })
  expect(parseOutputs('64..')).toEqual({ problem: "'64..' is no whole number from 1 to 16384" })
  expect(parseOutputs('9..3')).toEqual({ problem: '9 is above 3' })
  expect(parseOutputs(Array(101).fill('5').join(','))).toEqual({ problem: 'At most 100, and these are 101' })
})
