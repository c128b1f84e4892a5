import { expect, test } from 'vitest'
import type { ConfiguredProvider } from '../../../src/core/provider.ts'
import { levelsOf, politely, type Sweep, sweepRefusal } from '../../../src/jobs/sweep.ts'
import { customEntry, syntheticEntry } from '../../../src/registry/custom.ts'
import { sampleProbe, sampleTarget, sampleTrace } from '../../support/samples.ts'

const sweep: Sweep = {
  loads: [{ concurrency: 8 }, { rate: 2, arrivals: 'constant', seed: null, slots: 256 }],
  total: 5,
  maxCostUsd: null,
  maxErrors: null,
  ownEndpoint: false,
}
const providerAt = (baseUrl: string, synthetic = false): ConfiguredProvider => ({
  entry: synthetic ? syntheticEntry(baseUrl) : customEntry({ baseUrl, model: 'm', name: 'Endpoint' }),
  baseUrl,
  key: null,
  synthetic,
  trusted: true,
})
/** Whether a sweep of an endpoint is refused, and with which words. */
function refusal(baseUrl: string, more: Partial<Sweep> = {}, { allow = [] as string[], priced = true } = {}) {
  const configured = [providerAt(baseUrl)]
  const [{ entry }] = configured as [ConfiguredProvider]
  const probe = sampleProbe(sampleTarget('m', entry.id), priced ? {} : { estimateUsd: null })
  const plan = {
    probes: [probe],
    providers: [{ id: entry.id, name: entry.name, baseUrl, logoUrl: null, synthetic: false }],
  }
  return sweepRefusal({ ...sweep, ...more }, plan, { configured, egressAllow: allow })?.message ?? null
}

const heavy: Partial<Sweep>[] = [
  { loads: [{ concurrency: 1 }, { concurrency: 9 }] },
  { loads: [{ rate: 2.5, arrivals: 'poisson', seed: 1, slots: 1 }] },
]

test.each(heavy)('an endpoint of somebody else is not loaded by %j unless its owner says so', (more) => {
  const url = 'https://api.example.com/v1'
  expect(refusal(url)).toBeNull()
  expect(refusal(url, more)).toMatch(/^Endpoint is no endpoint of this machine.*--i-own-this-endpoint/)
  expect(refusal(url, { ...more, ownEndpoint: true })).toBeNull()
  expect(refusal(url, more, { allow: ['api.example.com'] })).toBeNull()
})

test.each([
  'http://127.0.0.1:8000/v1',
  'http://[::1]:1/v1',
  'http://10.1.2.3/v1',
  'http://192.168.0.9/v1',
  'http://[fd00::2]/v1',
  'http://0x7f.1/v1',
  'http://host.docker.internal:8000/v1',
  'http://localhost:1/v1',
  'http://box/v1',
  'http://llm.internal/v1',
])('what is of this machine or a private network is loaded as asked: %s', (url) => {
  for (const more of heavy) expect(refusal(url, more)).toBeNull()
})

test.each([
  'https://8.8.8.8/v1',
  'https://172.32.0.1/v1',
  'https://10.example.com/v1',
  'https://[2606:4700::1]/v1',
  'https://[::ffff:8.8.8.8]/v1',
  'https://[2002:808:808::1]/v1',
  'https://[64:ff9b::a00:1]/v1',
  'https://203.0.113.5/v1',
  'https://localhost.example.com/v1',
])('an address that only looks private is not: %s', (url) => {
  for (const more of heavy) expect(refusal(url, more)).toContain('--i-own-this-endpoint')
})

test('a cost limit needs prices, but for what costs nothing for certain', () => {
  const limited = { maxCostUsd: 1 }
  expect(refusal('https://api.example.com/v1', limited)).toBeNull()
  expect(refusal('https://api.example.com/v1', limited, { priced: false })).toContain(
    'a price of Endpoint is not known',
  )
  expect(refusal('http://127.0.0.1:1/v1', limited, { priced: false })).toBeNull()
})

test('levels are every load of a target with a tier, before the next tier and the next target', () => {
  const targets = [sampleTarget('m', 'a'), sampleTarget('n', 'b')]
  const planned = levelsOf(sweep, targets, {
    contextTiers: [0, 5000],
    pace: [{ provider: 'b', typicalMs: 9000 }],
  })
  const levels = 'levels' in planned ? planned.levels : []
  expect(levels.map(({ level }) => [level.model, level.contextTokens, level.warmups, level.total])).toEqual([
    ['m', null, 8, 5],
    ['m', null, 5, 5],
    ['m', 5000, 8, 5],
    ['m', 5000, 5, 5],
    ['n', null, 8, 5],
    ['n', null, 5, 5],
    ['n', 5000, 8, 5],
    ['n', 5000, 5, 5],
  ])
  // One usual call, a second if none is known, five at most.
  expect(levels[0]?.level.load).toEqual({ concurrency: 8, staggerMs: 1000 })
  expect(levels[4]?.level.load).toEqual({ concurrency: 8, staggerMs: 5000 })
})

test('a sweep has as many calls as can be planned at once, warm-ups among them', () => {
  const levels = (total: number) =>
    levelsOf({ ...sweep, loads: [{ concurrency: 4 }], total }, [sampleTarget('m', 'a')], {
      contextTiers: [0],
      pace: [],
    })
  expect(levels(99_996)).toMatchObject({ levels: [{ level: { total: 99_996 } }] })
  expect(levels(99_997)).toMatchObject({
    refusal: { message: expect.stringContaining('at most 100000 calls, and this is 100001') as string },
  })
})

const search = { most: 256, goodput: null, objectives: {}, callsPerClient: 10 }

const closed: Sweep['loads'] = [{ concurrency: 1 }]
const byRate: Sweep['loads'] = [{ rate: 1, arrivals: 'constant', seed: null, slots: 256 }]

test.each([
  { loads: closed, most: 8, note: /ends at concurrency 8, because Endpoint is no/ },
  { loads: byRate, most: 2, note: /ends at 2 requests\/s, because Endpoint is no/ },
])('a search of what is of somebody else ends at $most unless its owner says so', ({ loads, most, note }) => {
  const asked = { ...sweep, loads, search }
  const foreign = [providerAt('https://api.example.com/v1')]
  const polite = politely(asked, foreign, [])
  expect(polite.sweep.search).toEqual({ ...search, most })
  expect(polite.notes).toEqual([expect.stringMatching(note)])
  const asAsked = { sweep: { search }, notes: [] }
  expect(politely({ ...asked, ownEndpoint: true }, foreign, [])).toMatchObject(asAsked)
  expect(politely(asked, foreign, ['api.example.com'])).toMatchObject(asAsked)
  expect(politely(asked, [providerAt('http://127.0.0.1:1/v1')], [])).toMatchObject(asAsked)
  expect(politely({ ...asked, search: { ...search, most: 1 } }, foreign, []).notes).toEqual([])
})

const parts = { contextTiers: [0], pace: [] }

test('a level that lasts has its arrivals, or calls to begin with; clients begin over a call and a pause', () => {
  const loads: Sweep['loads'] = [
    { concurrency: 4, thinkMs: 250 },
    { rate: 20, arrivals: 'constant', seed: null, slots: 4 },
  ]
  const planned = levelsOf({ ...sweep, loads, durationMs: 3000 }, [sampleTarget('m', 'p')], parts)
  expect(planned).toMatchObject({
    levels: [
      { level: { warmups: 4, total: 100, durationMs: 3000, load: { staggerMs: 1250, thinkMs: 250 } } },
      { level: { warmups: 10, total: 60, durationMs: 3000 } },
    ],
  })
  const days = levelsOf({ ...sweep, loads, durationMs: 86_400_000 }, [sampleTarget('m', 'p')], parts)
  expect(days).toMatchObject({ refusal: { message: expect.stringContaining('total or duration') as string } })
})

const slow: Sweep['loads'] = [{ rate: 0.1, arrivals: 'trace', seed: null, slots: 256 }]

test('a trace loads an endpoint of somebody else by its busiest second, whatever its mean', () => {
  const url = 'https://api.example.com/v1'
  const of = (peakRate: number): Partial<Sweep> => ({
    loads: slow,
    work: { cache: 'cold', trace: { ...sampleTrace, peakRate } },
  })
  expect(refusal(url, of(2))).toBeNull()
  expect(refusal(url, of(3))).toContain('--i-own-this-endpoint')
  expect(refusal(url, { ...of(3), ownEndpoint: true })).toBeNull()
})

test('every request of a trace counts, and none comes before them', () => {
  const traced = [5, 6].map((at) => ({ at, inputTokens: 1, outputTokens: 1, blocks: [] }))
  const planned = levelsOf({ ...sweep, loads: slow, total: 2, traced }, [sampleTarget('m', 'a')], {
    contextTiers: [0],
    pace: [],
  })
  expect(planned).toMatchObject({
    levels: [{ traced, level: { warmups: 0, total: 2, contextTokens: null } }],
  })
})
