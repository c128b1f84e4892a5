import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { pageTokens } from '../../../src/report/page-tokens.ts'
import { statusTokens } from '../../../src/status/style.ts'
import { dayState, uptimeText } from '../../../src/status/uptime.ts'
import { statusOf, viewOf } from '../../../src/status/view.ts'
import { durationText } from '../../../src/status/words.ts'
import { componentRow, incidentRow, noteRow, pageRow } from '../../support/status-sample.ts'

const counts = (nChecks: number, nFailed: number, downMinutes = 0) => ({ nChecks, nFailed, downMinutes })
const region = (state: 'ok' | 'no_data' | 'slow' | 'errors' | 'down') => ({
  region: 'fra1',
  state,
  since: null,
  last_check_at: null,
})

test.each([
  [counts(0, 0), 'no data', 'none'],
  [counts(96, 0), '100 %', 'up'],
  [counts(8640, 1), '99.98 %', 'up'],
  [counts(100_000, 1), '99.99 %', 'up'],
  [counts(100, 1), '99.00 %', 'failing'],
  [counts(100, 5), '95.00 %', 'down'],
  [counts(96, 0, 3), '100 %', 'down'],
  [counts(0, 0, 3), 'no data', 'down'],
])('%o is %s and %s: rounded down, and no data is not good', (given, text, state) => {
  expect([uptimeText(given), dayState(given)]).toEqual([text, state])
})

test.each([
  [['ok', 'ok'], 'operational'],
  [['ok', 'down'], 'partial_outage'],
  [['down', 'no_data'], 'outage'],
  [['slow', 'errors'], 'errors'],
  [['ok', 'slow'], 'slow'],
  [['no_data'], 'no_data'],
  [[], 'no_data'],
])('regions that are %o make %s', (states, status) => {
  expect(statusOf(states.map((state) => ({ state })))).toBe(status)
})

test.each([
  ['All systems operational', {}],
  ['Nothing is measured yet', { components: [] }],
  [
    '1 of 2 models has a problem',
    { components: [componentRow('a/b'), componentRow('a/c', { regions: [region('slow')] })] },
  ],
  [
    'All 2 models have problems',
    { components: ['a/b', 'a/c'].map((key) => componentRow(key, { regions: [region('down')] })) },
  ],
  ['No recent data', { components: [componentRow('a/b', { regions: [] })] }],
  [
    'No known problems; no recent data of 1 of 2 models',
    { components: [componentRow('a/b'), componentRow('a/c', { regions: [region('no_data')] })] },
  ],
  ['Odd answers', { notes: [noteRow('n1')] }],
  [
    'All systems operational',
    { notes: [noteRow('n1'), noteRow('n2', { incident_id: 'n1', state: 'resolved' })] },
  ],
])('on top stands: %s', (headline, more) => {
  expect(viewOf(pageRow(more)).headline).toBe(headline)
})

test('incidents of one component that overlap are one story in several regions, with the id of the first', () => {
  const ended = { resolved_at: '2026-11-30T11:00:00+00:00' }
  const view = viewOf(
    pageRow({
      incidents: [
        incidentRow('b', ['alpha/one'], {
          region: 'iad1',
          started_at: '2026-11-30T10:30:00+00:00',
          ...ended,
        }),
        incidentRow('a', ['alpha/one'], ended),
        incidentRow('c', ['alpha/one'], { started_at: '2026-11-30T11:30:00+00:00' }),
        incidentRow('d', ['alpha/two'], ended),
      ],
      notes: [noteRow('n', { incident_id: 'b', title: null, state: 'identified', body: 'A cable.' })],
    }),
  )
  expect(view.stories.map(({ id, regions, endedAt }) => [id, regions, endedAt !== null])).toEqual([
    ['c', ['fra1'], false],
    ['a', ['fra1', 'iad1'], true],
    ['d', ['fra1'], true],
  ])
  expect(view.stories[1]?.updates.map(({ state }) => state)).toEqual(['detected', 'identified', 'resolved'])
})

test('a window that is open makes its components be in maintenance, and one that recurs is told with its next time', () => {
  const window = { id: 'w', components: ['alpha/one'], cron: null, duration_minutes: null, time_zone: null }
  const created = { created_at: '2026-11-01T00:00:00+00:00' }
  const view = viewOf(
    pageRow({
      maintenance: [
        {
          ...window,
          ...created,
          starts_at: '2026-11-30T11:00:00+00:00',
          ends_at: '2026-11-30T13:00:00+00:00',
        },
        {
          ...window,
          ...created,
          id: 'r',
          starts_at: null,
          ends_at: null,
          cron: '0 3 * * 0',
          duration_minutes: 90,
          time_zone: 'UTC',
        },
      ],
    }),
  )
  expect(view.groups[0]?.components.map(({ status }) => status)).toEqual(['maintenance', 'operational'])
  expect(
    view.maintenance.map(({ isOpen, from, until }) => [isOpen, from.toISOString(), until?.toISOString()]),
  ).toEqual([
    [true, '2026-11-30T11:00:00.000Z', '2026-11-30T13:00:00.000Z'],
    [false, '2026-12-06T03:00:00.000Z', '2026-12-06T04:30:00.000Z'],
  ])
})

test.each([
  [59_000, 'less than a minute'],
  [60_000, '1 min'],
  [5_025_000, '1 h 23 min'],
  [86_400_000, '1 day'],
  [2 * 86_400_000 + 3_600_000 + 60_000, '2 days 1 h'],
])('%d ms are %s', (ms, text) => {
  expect(durationText(ms)).toBe(text)
})

test('the colours of pages without a server are those of the dashboard', () => {
  const known = readFileSync('web/styles/tokens.css', 'utf8')
  const tokens = `${pageTokens}${statusTokens}`
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
  expect(tokens.filter((line) => !known.includes(line))).toEqual([])
  expect(tokens.length).toBeGreaterThan(20)
})
