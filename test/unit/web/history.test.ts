import { expect, test } from 'vitest'
import type { Run } from '../../../web/api/run-queries.ts'
import { historySearch } from '../../../web/screens/history/search.ts'
import { daysOf, entriesOf, mayHaveGaps, queryOf } from '../../../web/screens/history/view.ts'
import { breadthOf, titleOf } from '../../../web/ui/run-words.ts'
import { picksAfter } from '../../../web/ui/picked.ts'

const run = (id: string, at: string, given: Partial<Run> = {}): Run => ({
  id,
  run_name: 'scheduled run',
  triggered_by: 'cron',
  mode: 'scheduled',
  status: 'finished',
  status_reason: null,
  schedule: 'benchmark',
  slot: at,
  late_at: null,
  region: 'fra1',
  synthetic: false,
  started_at: at,
  finished_at: at,
  n_probes: 2,
  n_succeeded: 2,
  n_failed: 0,
  n_skipped: 0,
  providers: ['groq'],
  models: ['llama-3.1-8b-instant'],
  ...given,
})
const gap = (given: { since: string; until: string; n_slots: number; reason?: string }) => ({
  schedule: 'benchmark',
  reason: null,
  ...given,
})
const everything = { since: null, until: null }

test('gaps stand among the runs by their time, and a slot that was recorded as missed is told once', () => {
  const entries = entriesOf(
    [
      run('c', '2026-11-12T12:00:00Z'),
      run('b', '2026-11-12T11:00:00Z', { status: 'missed', status_reason: 'the database was away' }),
      run('a', '2026-11-12T09:00:00Z'),
    ],
    [
      gap({
        since: '2026-11-12T11:00:00Z',
        until: '2026-11-12T11:00:00Z',
        n_slots: 1,
        reason: 'the database was away',
      }),
      gap({ since: '2026-11-12T09:15:00Z', until: '2026-11-12T10:00:00Z', n_slots: 3 }),
    ],
    everything,
  )
  expect(entries.map(({ run: each, gap: missed }) => each?.id ?? missed?.n_slots)).toEqual(['c', 1, 3, 'a'])
  expect(daysOf(entries).map(({ note }) => note)).toEqual(['2 runs, 4 slots without a run'])
})

test('a gap is listed if a part of it is within the time that is shown', () => {
  const gaps = [gap({ since: '2026-11-12T09:00:00Z', until: '2026-11-12T11:00:00Z', n_slots: 8 })]
  const shown = (since: string | null, until: string | null) => entriesOf([], gaps, { since, until }).length
  expect(shown('2026-11-12T10:00:00Z', null)).toBe(1)
  expect(shown('2026-11-12T11:30:00Z', null)).toBe(0)
  expect(shown(null, '2026-11-12T09:30:00Z')).toBe(1)
  expect(shown(null, '2026-11-12T09:00:00Z')).toBe(0)
})

test('what can only be true of runs leaves the gaps out', () => {
  expect(mayHaveGaps({})).toBe(true)
  expect(mayHaveGaps({ status: 'gap', mode: 'scheduled', trigger: 'cron', since: '2026-11-12' })).toBe(true)
  for (const search of [
    { q: 'a' },
    { provider: 'groq' },
    { mode: 'multi' },
    { trigger: 'api' },
    { status: 'finished' },
  ])
    expect(mayHaveGaps(historySearch(search)), JSON.stringify(search)).toBe(false)
})

test('words are searched by the server, as long as it takes them, and blanks are none', () => {
  expect(queryOf({ q: 'gpt-oss rate_limited' })['q']).toBe('gpt-oss rate_limited')
  expect(queryOf({ q: 'x'.repeat(201) })['q']).toBe('x'.repeat(200))
  expect(queryOf({ q: '  ' })['q']).toBeUndefined()
})

test('days are those of the viewer, the last one whole', () => {
  const { since, until } = queryOf({ since: '2026-11-12', until: '2026-11-12' })
  expect(Date.parse(String(until)) - Date.parse(String(since))).toBe(24 * 3_600_000)
  expect(new Date(String(since)).getHours()).toBe(0)
})

test('the URL keeps what the screen knows, and at most two picks', () => {
  expect(
    historySearch({ q: 20, status: 'missed', mode: 'multi', since: '2026-13-40', pick: ['a', 1, 'b', 'c'] }),
  ).toEqual({ q: '20', mode: 'multi', pick: ['a', 'b'] })
  expect(picksAfter(['a', 'b'], 'c')).toEqual(['b', 'c'])
  expect(picksAfter(['a', 'b'], 'a')).toEqual(['b'])
})

test('a run is called by its models while they are few, and says when there may be more', () => {
  const at = '2026-11-12T12:00:00Z'
  expect(titleOf(run('a', at))).toBe('Scheduled run')
  expect(titleOf(run('a', at, { mode: 'multi', models: ['x', 'y'] }))).toBe('x and y')
  const wide = { models: ['x', 'y', 'z'], providers: ['groq', 'openai'] }
  expect(breadthOf(run('a', at, { ...wide, n_probes: 3 }))).toBe('3 models of 2 providers')
  expect(breadthOf(run('a', at, { ...wide, n_probes: 180 }))).toBe('3+ models of 2 providers')
})
