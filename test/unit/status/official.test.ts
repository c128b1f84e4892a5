import { expect, test } from 'vitest'
import type { Indicator } from '../../../src/core/official-status.ts'
import { statusHtml } from '../../../src/status/html.ts'
import { viewOf } from '../../../src/status/view.ts'
import type { StatusPage } from '../../../src/store/status-codec.ts'
import { componentRow, incidentRow, pageRow } from '../../support/status-sample.ts'

const pages = new Map([['alpha', 'https://status.alpha.example']])
const shown = (more: Partial<StatusPage>) =>
  statusHtml(viewOf(pageRow(more), pages), { title: 'x', logoUrl: null }, null)
/** What a reader reads of the elements of a class. */
const textsOf = (page: string, name: string): string[] =>
  [...page.matchAll(new RegExp(`<p class="${name}">(.*?)</p>`, 'gs'))].map(([, inner = '']) =>
    inner
      .replaceAll(/<[^>]*>/g, '')
      .replaceAll(/\s+/g, ' ')
      .trim(),
  )
const says = (indicator: Indicator, more: Partial<StatusPage['official'][number]> = {}) => ({
  provider: 'alpha',
  name: 'Alpha',
  indicator,
  ok_at: '2026-11-30T11:55:00+00:00',
  since: null,
  ...more,
})

test.each([
  [says('operational'), 'Alpha says: operational, last read 11:55'],
  [
    says('partial_outage', { since: '2026-11-29T23:10:00+00:00' }),
    'Alpha says: partial outage since 29 Nov, 23:10, last read 11:55',
  ],
  [says('unknown', { ok_at: '2026-11-30T07:00:00+00:00' }), 'Alpha says: not known, last read 07:00'],
  [says('unknown', { ok_at: null }), 'Alpha says: not known, never read'],
])('beside ours stands what a provider says: %o', (said, text) => {
  const page = shown({ official: [said] })
  expect(textsOf(page, 'claim')).toEqual([text])
  expect(page).toContain('href="https://status.alpha.example"')
})

test('a provider is named where its components are, whatever group they are in', () => {
  const page = shown({
    components: [
      componentRow('alpha/one', { group_key: 'group/ours', group_name: 'Ours' }),
      componentRow('beta/two', { group_key: 'group/ours', group_name: 'Ours' }),
      componentRow('beta/three'),
    ],
    official: [says('operational'), says('unknown', { provider: 'beta', name: 'Beta', ok_at: null })],
  })
  expect(textsOf(page, 'claim')).toEqual([
    'Alpha says: operational, last read 11:55',
    'Beta says: not known, never read',
    'Beta says: not known, never read',
  ])
})

const claimed = (more: Partial<NonNullable<StatusPage['incidents'][number]['official']>>) => ({
  official: {
    provider: 'alpha',
    url: 'https://status.alpha.example/i/1',
    lead_s: null,
    claimed_lead_s: -2100,
    ...more,
  },
})

test.each([
  [{ lead_s: 725 }, 'We saw it 12 min before Alpha said so.'],
  [{ lead_s: -3600 }, 'Alpha said so 1 h before we saw it.'],
  [{ lead_s: 20 }, 'We saw it less than a minute before Alpha said so.'],
  // Opened at 10:15, and claimed 35 minutes before that.
  [{}, 'Alpha says that it began on 30 Nov, 09:40.'],
])('an incident says who said it first: %o', (lead, text) => {
  const page = shown({
    official: [says('major_outage')],
    incidents: [incidentRow('i', ['alpha/one'], claimed(lead))],
  })
  expect(textsOf(page, 'lead')).toEqual([text])
  expect(page).toContain('href="https://status.alpha.example/i/1"')
})

test('of incidents in several regions, the first that we saw counts', () => {
  const page = shown({
    incidents: [
      incidentRow('late', ['alpha/one'], {
        region: 'iad1',
        opened_at: '2026-11-30T10:40:00+00:00',
        ...claimed({ lead_s: -800 }),
      }),
      incidentRow('early', ['alpha/one'], claimed({ lead_s: 700 })),
    ],
  })
  expect(textsOf(page, 'lead')).toEqual(['We saw it 11 min before ALPHA said so.'])
})

test('what is no address of the web is no link', () => {
  const page = shown({
    incidents: [incidentRow('i', ['alpha/one'], claimed({ url: 'javascript:alert(1)', lead_s: 60 }))],
  })
  expect(page).not.toContain('javascript:')
})

test('a group is down in part if some of it is down, and says of how many nothing is known', () => {
  const down = [{ region: 'fra1', state: 'down' as const, since: null, last_check_at: null }]
  const groupOf = (...components: StatusPage['components']) => viewOf(pageRow({ components })).groups[0]
  const [one, two] = [componentRow('a/1', { regions: down }), componentRow('a/2', { regions: [] })]
  expect(groupOf(one, two, componentRow('a/3'))).toMatchObject({ status: 'partial_outage', nUnknown: 1 })
  expect(groupOf(one, two)).toMatchObject({ status: 'outage', nUnknown: 1 })
  expect(groupOf(two)).toMatchObject({ status: 'no_data', nUnknown: 0 })
})

test('days without a new incident say so; of many on one day the first are shown, all are there', () => {
  const of = (index: number) =>
    incidentRow(`i${index}`, [`alpha/${index}`], {
      started_at: `2026-11-28T1${index}:00:00+00:00`,
      resolved_at: `2026-11-28T1${index}:30:00+00:00`,
    })
  const open = incidentRow('open', ['alpha/one'], { started_at: '2026-11-30T10:00:00+00:00' })
  const page = shown({ incidents: [open, ...[0, 1, 2, 3, 4, 5, 6].map(of)] })
  expect(page.match(/No new incidents|No incidents|\d more of this day/g)).toEqual([
    'No new incidents',
    '3 more of this day',
    'No incidents',
  ])
  for (const index of [0, 1, 2, 3, 4, 5, 6]) expect(page).toContain(`id="i${index}"`)
})
