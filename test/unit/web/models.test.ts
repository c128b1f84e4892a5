import { expect, test } from 'vitest'
import { conflictsOf, namesOf, pricesOf } from '../../../web/api/sync-details.ts'
import { moved } from '../../../web/screens/models/moved.ts'
import { modelsSearch } from '../../../web/screens/models/search.ts'
import {
  chosenRows,
  countsOf,
  departuresOf,
  fittingRows,
  type ModelRow,
  nextSort,
  specialsOf,
  statusOf,
} from '../../../web/screens/models/view.ts'

const priceOf = (input: number, output: number): ModelRow['price'] => ({
  input_per_m: input,
  output_per_m: output,
  cached_per_m: null,
  cache_write_per_m: null,
  reasoning_per_m: null,
  overrides: [],
  source: 'provider',
  as_of: null,
})

const unlimited = { ttft_ms: null, latency_ms: null }
const row = (model: string, given: Partial<ModelRow> & { active?: boolean | null } = {}): ModelRow => {
  const { active, provider = 'openai', ...rest } = given
  const target = {
    id: model,
    provider,
    model,
    parameters: { reasoning: 'least' as const },
    region: null,
    limits: unlimited,
    owned_by: null,
    slo: null,
    every_minutes: null,
    thinned_minutes: null,
  }
  return {
    id: model,
    provider,
    model,
    display_name: null,
    type: 'chat',
    context_window: null,
    output_limit: null,
    input_modalities: null,
    output_modalities: null,
    supported_parameters: null,
    deprecated_on: null,
    shutdown_on: null,
    available: true,
    last_seen_at: null,
    left_at: null,
    price: null,
    price_owned_by: null,
    targets: active === undefined ? [] : [{ ...target, active }],
    ...rest,
  }
}
const names = (rows: readonly { model: string }[]) => rows.map(({ model }) => model)

const rows = [
  row('cheap', { price: priceOf(0.1, 0.4) }),
  row('dear', { price: priceOf(3, 15), context_window: 8000 }),
  row('called', { active: true }),
  row('resting', { active: false, provider: 'groq' }),
  row('gone', { available: false }),
  row('gone-but-called', { available: false, active: true }),
  row('whisper', { type: 'audio' }),
]

test('a model is what this installation makes of it, or its provider', () => {
  expect(rows.map(statusOf)).toEqual([
    'listed',
    'listed',
    'benchmarked',
    'paused',
    'left',
    'benchmarked',
    'listed',
  ])
  expect(statusOf(row('by-hand', { active: null, available: null }))).toBe('unknown')
})

test('what is called comes first, what has left is shown if it is still called, other types if asked', () => {
  const chosen = (search: Parameters<typeof chosenRows>[1]) =>
    names(chosenRows(fittingRows(rows, search), search))
  expect(chosen({})).toEqual(['called', 'gone-but-called', 'resting', 'cheap', 'dear'])
  expect(chosen({ show: 'left' })).toEqual(['gone-but-called', 'gone'])
  expect(chosen({ show: 'benchmarked', q: 'OPENAI gone' })).toEqual(['gone-but-called'])
  expect(chosen({ type: 'all', q: 'whis' })).toEqual(['whisper'])
  expect(chosen({ provider: 'groq' })).toEqual(['resting'])
  expect(chosen({ sort: '-input' }).slice(0, 2)).toEqual(['dear', 'cheap'])
  expect(chosen({ sort: 'input' }).slice(0, 2)).toEqual(['cheap', 'dear'])
  expect(countsOf(fittingRows(rows, {})).map(({ show, n }) => `${show} ${n}`)).toEqual([
    'listed 5',
    'benchmarked 2',
    'left 2',
    'all 6',
  ])
})

test('a column is sorted cheapest or longest first, then the other way', () => {
  expect([nextSort({}, 'input'), nextSort({ sort: 'input' }, 'input')]).toEqual(['input', '-input'])
  expect([nextSort({}, 'context'), nextSort({ sort: '-context' }, 'context')]).toEqual([
    '-context',
    'context',
  ])
})

test('what leaves is what is benchmarked first, then by its day; the rest of what has left is history', () => {
  const catalog = [
    row('later', { shutdown_on: '2027-03-01' }),
    row('sooner', { shutdown_on: '2027-01-01' }),
    row('aging', { deprecated_on: '2027-02-01' }),
    row('called', { active: true, shutdown_on: '2027-06-01' }),
    row('lost', { active: true, available: false }),
    row('resting', { active: false, available: false }),
    row('stays', { active: true }),
  ]
  const leaving = { target: { model: 'lost' }, shutdown_on: null, successor: 'stays' }
  const sync = { provider: 'openai', status: 'saved', details: { leaving: [leaving] } }
  expect(departuresOf(catalog, [sync]).map((each) => [each.model, each.successor])).toEqual([
    ['lost', 'stays'],
    ['called', null],
    ['sooner', null],
    ['aging', null],
    ['later', null],
  ])
})

test('the details of a sync name what changed, prices with those they replace, and what two sources say', () => {
  const price = (input: number, source: string) => ({ input_per_m: input, output_per_m: 2, source })
  const details = {
    added: ['new'],
    left: 'nonsense',
    prices: [
      { model: 'new', before: null, price: price(1, 'provider') },
      { model: 'broken', before: null, price: {} },
    ],
    conflicts: [
      { model: 'near', chosen: price(1, 'provider'), other: price(1.1, 'models.dev'), gap: 0.09 },
      { model: 'far', chosen: price(1, 'manual'), other: price(4, 'provider'), gap: 0.75 },
    ],
  }
  expect([namesOf({ details }, 'added'), namesOf({ details }, 'left')]).toEqual([['new'], []])
  expect(pricesOf({ details })).toEqual([
    { model: 'new', before: null, now: { input: 1, output: 2, source: 'provider' } },
  ])
  const sync = { provider: 'openai', status: 'saved', details }
  const older = { ...sync, details: { conflicts: [{ ...details.conflicts[0], model: 'solved' }] } }
  expect(names(conflictsOf([{ ...sync, status: 'failed' }, sync, older]))).toEqual(['far', 'near'])
})

test('the parameters of a target are said if they are not the usual ones, and a price by how much it moved', () => {
  const of = { id: 't', provider: 'x', model: 'y', active: true, region: null }
  const target = {
    ...of,
    limits: unlimited,
    owned_by: null,
    slo: null,
    every_minutes: null,
    thinned_minutes: null,
  }
  const parameters = { reasoning: 'default' as const, pin: 'groq', max_tokens: 2048 }
  expect(specialsOf({ ...target, parameters: { reasoning: 'least' } })).toEqual([])
  expect(specialsOf({ ...target, parameters, region: 'eu' })).toEqual([
    'reasoning default',
    'at groq',
    'at most 2,048 tokens',
    'in eu',
  ])
  const limits = { ttft_ms: 800, latency_ms: 5000 }
  expect(specialsOf({ ...target, parameters: { reasoning: 'least' }, limits })).toEqual([
    'TTFT at most 800 ms',
    'latency at most 5.00 s',
  ])
  expect([moved(0.2, 0.3), moved(2, 1.5), moved(0, 1)]).toEqual(['+50 %', '−25 %', ''])
})

test('the search of a URL keeps what the screen knows, and nothing else', () => {
  const known = { view: 'syncs', q: '4', provider: 'groq', show: 'left', sort: '-seen', n: 300, add: true }
  expect(modelsSearch({ ...known, q: 4, other: 1 })).toEqual(known)
  expect(modelsSearch({ view: 'x', show: 'some', sort: 'size', n: -1, add: 'yes', type: 'chat' })).toEqual({})
})
