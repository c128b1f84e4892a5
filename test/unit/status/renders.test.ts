import { expect, test } from 'vitest'
import { badgeMetrics, badgeOf, badgeSvg, shieldsOf } from '../../../src/status/badge.ts'
import { atomOf, rssOf } from '../../../src/status/feeds.ts'
import { statusHtml } from '../../../src/status/html.ts'
import { statuspageDocuments } from '../../../src/status/statuspage.ts'
import { viewOf } from '../../../src/status/view.ts'
import { componentRow, incidentRow, noteRow, onDays, pageRow } from '../../support/status-sample.ts'
import { z } from 'zod'

const hostile = `<script>alert("x")</script>'&]]>\u0001\ufffe`
const site = { title: hostile, base: 'https://status.example' }
const bad = viewOf(
  pageRow({
    components: [
      componentRow('alpha/one', {
        name: hostile,
        group_name: hostile,
        description: hostile,
        failed: onDays({ 89: 3 }),
      }),
      componentRow('alpha/two', {
        regions: [{ region: hostile, state: 'down', since: null, last_check_at: null }],
      }),
      componentRow('beta/three', { regions: [] }),
    ],
    incidents: [incidentRow('i1', ['alpha/two'], { region: hostile, group_name: hostile })],
    notes: [noteRow('n1', { title: hostile, body: `${hostile}\nhttps://evil.example` })],
  }),
)
const page = statusHtml(bad, { title: hostile, logoUrl: 'https://pics.example/a"b.png' }, 7)

test('names of others stay text, whatever the format', () => {
  const texts = [page, rssOf(bad, site.title, site.base), atomOf(bad, site.title, site.base)]
  const badges = bad.groups.flatMap(({ components }) =>
    components.flatMap((each) => badgeMetrics.map((metric) => badgeSvg(badgeOf(each, metric)))),
  )
  for (const text of [...texts, ...badges]) {
    expect(text).not.toContain('<script')
    for (const sign of ['\u0001', '\ufffe']) expect(text).not.toContain(sign)
  }
  expect(page).toContain('&lt;script&gt;')
  expect(page).not.toContain('href="https://evil.example')
})

test('the page says what failed, what is unknown, and how old it is when it cannot be read', () => {
  expect(page).toContain('30 Nov: 3 of 96 checks failed')
  expect(page).toContain('No data')
  expect(page).toContain('7 minutes old')
  expect(statusHtml(bad, { title: 'x', logoUrl: null }, null)).not.toContain('minutes old')
})

const stamp = z.iso.datetime()
const component = z.strictObject({
  id: z.string(),
  name: z.string(),
  status: z.enum([
    'operational',
    'degraded_performance',
    'partial_outage',
    'major_outage',
    'under_maintenance',
  ]),
  created_at: stamp,
  updated_at: stamp,
  position: z.int(),
  description: z.string().nullable(),
  showcase: z.boolean(),
  start_date: z.iso.date(),
  group_id: z.string().nullable(),
  page_id: z.string(),
  group: z.boolean(),
  only_show_if_degraded: z.boolean(),
  components: z.array(z.string()).optional(),
})
const incident = z.object({
  id: z.string(),
  name: z.string(),
  status: z.enum(['investigating', 'identified', 'monitoring', 'resolved', 'postmortem']),
  created_at: stamp,
  updated_at: stamp,
  monitoring_at: stamp.nullable(),
  resolved_at: stamp.nullable(),
  impact: z.enum(['none', 'minor', 'major', 'critical']),
  shortlink: z.url(),
  started_at: stamp,
  page_id: z.string(),
  incident_updates: z
    .array(
      z.object({
        id: z.string(),
        status: z.enum(['investigating', 'identified', 'monitoring', 'resolved']),
        body: z.string(),
        incident_id: z.string(),
        created_at: stamp,
        updated_at: stamp,
        display_at: stamp,
      }),
    )
    .min(1),
  components: z.array(component),
})
const summary = z.strictObject({
  page: z.strictObject({
    id: z.string(),
    name: z.string(),
    url: z.url(),
    time_zone: z.string(),
    updated_at: stamp,
  }),
  components: z.array(component),
  incidents: z.array(incident),
  scheduled_maintenances: z.array(z.unknown()),
  status: z.strictObject({
    indicator: z.enum(['none', 'minor', 'major', 'critical', 'maintenance']),
    description: z.string(),
  }),
})

test('the summary has the shape of Statuspage, and leaves out what nothing is known of', () => {
  const found = summary.parse(statuspageDocuments['summary.json'](bad, site))
  expect(found.components.map(({ id, status }) => [id, status])).toEqual([
    ['alpha', 'major_outage'],
    ['alpha/one', 'operational'],
    ['alpha/two', 'major_outage'],
  ])
  expect(found.status.indicator).toBe('major')
  expect(found.incidents.map(({ id, status }) => [id, status])).toEqual([
    ['n1', 'investigating'],
    ['i1', 'investigating'],
  ])
  const well = summary.parse(statuspageDocuments['summary.json'](viewOf(pageRow()), site))
  expect(well.status).toEqual({ indicator: 'none', description: 'All systems operational' })
})

test('feeds have a stable id for each story, and say when it was last spoken of', () => {
  const rss = rssOf(bad, 'x', site.base)
  expect([...rss.matchAll(/<guid isPermaLink="false">(.*?)<\/guid>/g)].map(([, id]) => id)).toEqual([
    'urn:uuid:n1',
    'urn:uuid:i1',
  ])
  const atom = atomOf(bad, 'x', site.base)
  expect(atom).toContain('<updated>2026-11-30T11:00:00.000Z</updated>')
  expect(atom).toContain(`href="https://status.example/status#i1"`)
})

/** The contrast of a colour with white. */
const contrast = (hex: string): number => {
  const parts = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
  const [red = 0, green = 0, blue = 0] = parts
  return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
}

test('badges say what is known in colours that can be read', () => {
  const view = viewOf(
    pageRow({
      components: [
        componentRow('a/b', { failed: onDays({ 85: 2, 3: 10 }) }),
        componentRow('a/c', { typical: null, checks: onDays() }),
      ],
    }),
  )
  const [known, unknown] = view.groups[0]?.components ?? []
  if (known === undefined || unknown === undefined) throw new Error('the sample has two')
  expect(badgeMetrics.map((metric) => badgeOf(known, metric).message)).toEqual([
    'operational',
    '99.70 %',
    '99.86 %',
    '412 ms',
    '88.5 tok/s',
  ])
  expect(badgeMetrics.slice(1).map((metric) => badgeOf(unknown, metric).message)).toEqual(
    Array(4).fill('no data'),
  )
  for (const each of [known, unknown])
    for (const metric of badgeMetrics)
      expect(contrast(badgeOf(each, metric).color)).toBeGreaterThanOrEqual(4.5)
  expect(shieldsOf(badgeOf(known, 'ttft'))).toEqual({
    schemaVersion: 1,
    label: 'b TTFT',
    message: '412 ms',
    color: '1f5fd6',
    cacheSeconds: 300,
  })
})
