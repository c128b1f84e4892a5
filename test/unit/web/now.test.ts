import { expect, test } from 'vitest'
import { incidentLike } from '../../support/told-incidents.ts'
import { leavingOf } from '../../../web/api/sync-details.ts'
import { nowSearch } from '../../../web/screens/now/search.ts'
import {
  chosenRows,
  groupsOf,
  lastDays,
  nextSort,
  type NowRow,
  rowsOf,
  sortingOf,
} from '../../../web/screens/now/view.ts'

const row = (model: string, given: Partial<NowRow> & { ttft?: number | null; tps?: number } = {}): NowRow => {
  const { ttft = 100, tps = 50, ...rest } = given
  return {
    target_id: model,
    provider: 'openai',
    providerName: 'OpenAI',
    synthetic: false,
    model,
    region: 'eu',
    state: 'up',
    since: null,
    last: null,
    typical: { n: 5, ttft_ms: ttft, ttfa_ms: null, tps, total_latency_ms: null, cost_usd: null },
    ttft_24h: [],
    failed_24h: [],
    checks_90d: [],
    failed_90d: [],
    checks: 0,
    failed: 0,
    incident: null,
    ...rest,
  }
}
const names = (rows: readonly NowRow[]) => rows.map(({ model }) => model)

const rows = [
  row('slow', { ttft: 900, tps: 90 }),
  row('unknown-speed', { ttft: null, region: 'us' }),
  row('fast', { ttft: 90, tps: 10, provider: 'groq', providerName: 'Groq' }),
  row('broken', { state: 'down', ttft: 500, tps: 70 }),
]

test('what is wrong comes first, then the fastest; what is unknown comes last either way', () => {
  expect(names(chosenRows(rows, {}))).toEqual(['broken', 'fast', 'slow', 'unknown-speed'])
  expect(names(chosenRows(rows, { sort: 'ttft' }))).toEqual(['fast', 'broken', 'slow', 'unknown-speed'])
  expect(names(chosenRows(rows, { sort: '-ttft' }))).toEqual(['slow', 'broken', 'fast', 'unknown-speed'])
})

test('a target whose incident is open says so in its region, and is degraded if it answers', () => {
  const { checks: _, failed: __, providerName: ___, synthetic: ____, incident: _____, ...given } = row('m')
  const present = {
    generated_at: '2026-11-29T10:00:00Z',
    slots: { t0: '2026-11-28T10:00:00Z', step_s: 900, n: 96 },
    days: { t0: '2026-09-01T00:00:00Z', n: 90 },
    schedules: [],
    last_run: null,
    providers: { openai: { name: 'OpenAI', synthetic: false } },
    rows: [given, { ...given, region: 'us' }, { ...given, region: 'ap' }],
  }
  const open = [
    incidentLike({ id: 'down', target_id: 'm', region: 'eu' }),
    incidentLike({ id: 'slow', target_id: 'm', region: 'eu', kind: 'slow' }),
    incidentLike({ id: 'shadow', target_id: 'm', region: 'us', kind: 'slow', shadow: true }),
  ]
  const shown = rowsOf(present, open)
  expect(shown.map(({ incident }) => incident?.id ?? null)).toEqual(['slow', null, null])
  const sorted = chosenRows([...rows, ...shown.map((each) => ({ ...each, model: `m ${each.region}` }))], {})
  expect(names(sorted)).toEqual(['broken', 'm eu', 'fast', 'm ap', 'm us', 'slow', 'unknown-speed'])
})

test('words of a filter may be of the provider and the model, in any case', () => {
  expect(names(chosenRows(rows, { q: 'GROQ fa' }))).toEqual(['fast'])
  expect(names(chosenRows(rows, { state: 'down' }))).toEqual(['broken'])
  expect(names(chosenRows(rows, { region: 'us' }))).toEqual(['unknown-speed'])
})

test('groups stand in the order of their first rows, and count failures', () => {
  expect(groupsOf(rows, 'provider').map(({ name, note }) => [name, note])).toEqual([
    ['OpenAI', '3, 1 with failures'],
    ['Groq', '1'],
  ])
  expect(groupsOf(rows, undefined)).toEqual([{ name: null, note: '', rows }])
})

test('a column is sorted best first, then the other way', () => {
  expect([nextSort({}, 'ttft'), nextSort({ sort: 'ttft' }, 'ttft')]).toEqual(['ttft', '-ttft'])
  expect([nextSort({}, 'tps'), nextSort({ sort: '-tps' }, 'tps')]).toEqual(['-tps', 'tps'])
  expect(nextSort({}, 'state')).toBe('-state')
  expect(sortingOf({ sort: '-tps' })).toEqual({ by: 'tps', isDescending: true })
})

test('the search of a URL keeps what the screen knows, and nothing else', () => {
  const known = { q: 'gpt', state: 'down', region: 'eu', group: 'family', sort: '-tps' }
  expect(nowSearch({ ...known, other: 1 })).toEqual(known)
  expect(nowSearch({ q: 4, state: 'gone', group: 'x', sort: 'price', region: '' })).toEqual({ q: '4' })
})

test('what is leaving is what the latest sync of each provider says', () => {
  const sync = (provider: string, leaving: unknown, status = 'saved') => ({
    provider,
    status,
    details: { leaving },
  })
  const leaves = { target: { model: 'gpt-4' }, shutdown_on: '2027-01-15', successor: 'gpt-5' }
  const syncs = [
    sync('openai', [], 'failed'),
    sync('openai', [leaves]),
    sync('groq', []),
    sync('groq', [leaves]),
  ]
  expect(leavingOf(syncs)).toEqual([
    { provider: 'openai', model: 'gpt-4', shutdownOn: '2027-01-15', successor: 'gpt-5' },
  ])
  expect(leavingOf([sync('x', 'nonsense'), sync('y', [{}])])).toEqual([])
})

test('the last days alone begin at a later day; fewer than there are stay as they are', () => {
  const days = { t0: '2026-11-01T00:00:00.000Z', n: 3 }
  const present = { days, rows: [row('a', { checks_90d: [1, 2, 3], failed_90d: [0, 1, 0] })] }
  const cut = lastDays(present, 2)
  expect(cut.days).toEqual({ t0: '2026-11-02T00:00:00.000Z', n: 2 })
  expect(cut.rows[0]).toMatchObject({ checks_90d: [2, 3], failed_90d: [1, 0] })
  expect(lastDays(present, 90)).toBe(present)
})
