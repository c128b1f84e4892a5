import { expect, test } from 'vitest'
import { describe } from '../../../src/alerts/describe.ts'
import { words } from '../../../src/alerts/incident-words.ts'
import {
  type Evidence,
  type IncidentKind,
  incidentKinds,
  type ResolveReason,
  resolveReasons,
  type Subject,
} from '../../../src/core/incident.ts'
import { deliveryLike, incidentLike, linkOf } from '../../support/incidents.ts'

type More = Parameters<typeof incidentLike>[0]

/** What is said when such an incident opens. */
const said = (more: More, of: Parameters<typeof deliveryLike>[0] = {}) =>
  describe(deliveryLike({ ...of, incident: incidentLike(more) }), linkOf)

const ended = (reason: ResolveReason, unannounced = false) =>
  said(
    { resolvedAt: new Date('2026-11-05T12:20:40Z'), resolveReason: reason },
    { event: 'resolved', at: new Date('2026-11-05T12:20:40Z'), unannounced },
  )

test('an opened incident says who, what, why and since when', () => {
  expect(said({})).toEqual({
    id: 'a3e2a1d4-7d0c-4a49-9a0e-9f6e1d2c3b04',
    event: 'opened',
    at: new Date('2026-11-05T12:15:10Z'),
    incident: incidentLike(),
    week: null,
    title: 'gpt-5 at openai is down',
    text: '2 checks in a row failed.\nErrors: timeout_first_token, overloaded.\nSince 2026-11-05 12:00 UTC.',
    link: 'https://monitor.example/incidents/0d8f7c3e-52a4-4c55-8f0e-6f3f6a1c9b01',
  })
})

test('the region is named if it has a name', () => {
  const subject = { provider: 'openai', model: 'gpt-5', targetId: null, region: 'fra1' }
  expect(said({ subject }).title).toBe('gpt-5 at openai from fra1 is down')
})

test('a reminder and a worsening say so', () => {
  const at = new Date('2026-11-05T20:05:00Z')
  expect(said({}, { event: 'reminded', at }).title).toBe('Still, after 8 h 5 min: gpt-5 at openai is down')
  expect(said({}, { event: 'worsened', at }).title).toBe('Worse: gpt-5 at openai is down')
})

test('the end is told by how it came', () => {
  expect(ended('recovered').title).toBe('gpt-5 at openai is up again, after 20 min')
  expect(ended('recovered', true).title).toBe('gpt-5 at openai was down for 20 min, and is up again')
  expect(ended('gone').title).toBe('gpt-5 at openai was down for 20 min, and is no longer watched')
  expect(ended('by_hand').title).toBe('gpt-5 at openai was down for 20 min, until it was closed by hand')
  expect(ended('expired').title).toBe('gpt-5 at openai was down for 20 min, which is now taken as given')
  expect(ended('recovered').text).toMatch(/\nFrom 2026-11-05 12:00 UTC to 2026-11-05 12:20 UTC\.$/)
})

/** Words of each end that an incident of a kind can have, besides those of recovering. */
const endings: [IncidentKind, ResolveReason, string][] = [
  ['slow', 'expired', 'gpt-5 at openai was slow for 20 min, and is judged anew'],
  ['limit', 'expired', 'gpt-5 at openai was over its limit for 20 min, and has that limit no more'],
  [
    'slo',
    'expired',
    'gpt-5 at openai spent the budget of an objective too fast for 20 min, and has that objective no more',
  ],
  ['drift', 'expired', 'gpt-5 at openai was slower than it had been for 20 min, and is judged anew'],
  ['price_change', 'expired', 'gpt-5 at openai had a new price for 20 min, which is now taken as given'],
  [
    'model_swap',
    'expired',
    'gpt-5 at openai answered as another model for 20 min, which is now taken as given',
  ],
  ['slow', 'superseded', 'gpt-5 at openai was slow for 20 min, and is down now'],
  ['errors', 'superseded', 'gpt-5 at openai failed often for 20 min, and is down now'],
  ['limit', 'superseded', 'gpt-5 at openai was over its limit for 20 min, and is down now'],
]
test.each(endings)('%s that ends as %s is no recovery', (kind, resolveReason, title) => {
  const at = new Date('2026-11-05T12:20:40Z')
  expect(said({ kind, evidence: {}, resolvedAt: at, resolveReason }, { event: 'resolved', at }).title).toBe(
    title,
  )
})

test('only an end by recovering says that anything is right again', () => {
  const at = new Date('2026-11-05T12:20:40Z')
  for (const kind of incidentKinds)
    for (const resolveReason of resolveReasons) {
      const { title } = said({ kind, evidence: {}, resolvedAt: at, resolveReason }, { event: 'resolved', at })
      expect(title.includes(words[kind].over), title).toBe(resolveReason === 'recovered')
    }
})

test('an acknowledgement says by whom, and what is not told to one channel is told with the reason to another', () => {
  const more = { acknowledgedAt: new Date('2026-11-05T12:16:00Z'), acknowledgedBy: 'Ann\n<b>' }
  expect(said(more, { event: 'acknowledged' }).title).toBe('Acknowledged by Ann <b>: gpt-5 at openai is down')
  const undelivered = {
    channel: 'slack-ops',
    event: 'opened',
    error: 'answered HTTP 404: no_service',
  } as const
  expect(said({}, { event: 'undelivered', undelivered })).toMatchObject({
    title: 'slack-ops could not be told: gpt-5 at openai is down',
    text: expect.stringMatching(/^slack-ops answered HTTP 404: no_service\.\n2 checks in a row failed\./),
  })
  const at = new Date('2026-11-05T12:20:40Z')
  const over = { resolvedAt: at, resolveReason: 'recovered' } as const
  expect(
    said(over, { event: 'undelivered', at, undelivered: { ...undelivered, event: 'resolved' } }).title,
  ).toBe('slack-ops could not be told: gpt-5 at openai was down for 20 min, and is up again')
})

test.each<[number, string]>([
  [30, 'less than a minute'],
  [60, '1 min'],
  [3600, '1 h'],
  [86_400 * 2 + 3600 * 3 + 59, '2 d 3 h'],
])('an incident of %d s lasted %s', (seconds, lasted) => {
  const resolvedAt = new Date(Date.UTC(2026, 10, 5, 12) + seconds * 1000)
  const { title } = said({ resolvedAt, resolveReason: 'recovered' }, { event: 'resolved', at: resolvedAt })
  expect(title).toBe(`gpt-5 at openai is up again, after ${lasted}`)
})

const nobody: Subject = { provider: null, model: null, targetId: null, region: null }
const provider = { ...nobody, provider: 'openai' }

const kinds: [IncidentKind, Evidence, string, string[], Subject?][] = [
  [
    'errors',
    { failed: 4, n: 12, error_kinds: ['reset'], limit_failed: 3, limit_n: 12 },
    'gpt-5 at openai fails often',
    ['4 of the last 12 checks failed.', 'Errors: reset.', 'Told from 3 of 12 on.'],
  ],
  [
    'slow',
    {
      metric: 'ttft',
      above: 6,
      n: 8,
      median_ms: 1240,
      p50_ms: 412,
      p95_ms: 803,
      limit_ratio: 1.75,
      worse_ratio: 4,
    },
    'gpt-5 at openai is slow',
    [
      'The median time to the first token was 1.24 s; usual is 412 ms.',
      '6 of the last 8 checks were slower than 95 % of the two weeks before (803 ms).',
      'Told from 1.75 times the usual on, as major from 4 times on.',
    ],
  ],
  [
    'limit',
    { metric: 'latency', limit_ms: 2000, recent_ms: [2500, 2100, 3000] },
    'gpt-5 at openai is over its limit',
    ['The total latency may take 2.00 s; it took 2.50 s, 2.10 s, 3.00 s.'],
  ],
  [
    'misconfigured',
    { error_kinds: ['auth'], fault_domain: 'account' },
    'gpt-5 at openai refuses our calls',
    ['Errors: auth.', 'Look at its key and account.'],
  ],
  [
    'slo',
    {
      objective: 'availability',
      share: 0.999,
      n_24h: 96,
      bad_24h: 3,
      burn_24h: 31.25,
      n_7d: 672,
      bad_7d: 4,
      burn_7d: 5.952,
    },
    'gpt-5 at openai spends the budget of an objective too fast',
    [
      '99.9 % of its checks must not fail.',
      'Bad were 3 of 96 in 24 hours, 31.2 times what may be.',
      'Bad were 4 of 672 in 7 days, 5.9 times what may be.',
    ],
  ],
  [
    'slo',
    { objective: 'ttft', share: 0.95, within_ms: 800, n_24h: 90, bad_24h: 48, burn_24h: 10.6 },
    'gpt-5 at openai spends the budget of an objective too fast',
    [
      '95 % of its answers must have a time to the first token of 800 ms at most.',
      'Bad were 48 of 90 in 24 hours, 10.6 times what may be.',
    ],
  ],
  [
    'drift',
    { metric: 'tpot', recent_ms: 26, reference_ms: 20 },
    'gpt-5 at openai has slowly become slower',
    ['The median time per token of the last week is 26 ms; in the four weeks before it was 20 ms.'],
  ],
  [
    'price_change',
    { input_before: 1.25, input_after: 2.5, output_before: 10, output_after: 15, source: 'models.dev' },
    'gpt-5 at openai has a new price',
    [
      'Input: $1.25 before, $2.50 now, per million tokens.',
      'Output: $10.00 before, $15.00 now, per million tokens.',
      'By models.dev.',
    ],
  ],
  [
    'model_gone',
    { syncs: 2 },
    'gpt-5 at openai is no longer listed by its provider',
    ['The last 2 listings lack it.'],
  ],
  [
    'model_swap',
    { n: 3, before: 'gpt-5-2026-08-01', after: 'gpt-5-mini' },
    'gpt-5 at openai answers as another model',
    ['The last 3 answers name gpt-5-mini; those before named gpt-5-2026-08-01.'],
  ],
  [
    'provider_wide',
    { down: 2, targets: 3, models: ['gpt-5', 'gpt-5-mini'] },
    'openai is down',
    ['2 of its 3 targets are down.', 'Models: gpt-5, gpt-5-mini.'],
    provider,
  ],
  [
    'own_outage',
    { reason: 'nothing was reached' },
    'firsttoken could reach nobody: the outage is its own',
    ['nothing was reached'],
    nobody,
  ],
  [
    'silent',
    { last_finished_at: '2026-11-05T11:00:00Z', limit_ms: 2_250_000 },
    'firsttoken finishes no scheduled run',
    ['The last run finished at 2026-11-05 11:00 UTC.', 'One should finish every 37 min.'],
    nobody,
  ],
  [
    'budget',
    { usd: 8.2, limit_usd: 10, period: 'day' },
    'firsttoken has little or no budget left',
    ['$8.20 of $10.00 of this day are spent.'],
    nobody,
  ],
  [
    'calibration',
    { host: 'monitor-1', p99_ms: 7.31 },
    'firsttoken measures imprecisely',
    ['The clock of monitor-1 is off by 7.3 ms at p99.'],
    nobody,
  ],
]

test.each(kinds)('%s is told in words', (...[kind, evidence, title, lines, subject]) => {
  const notification = said({ kind, evidence, ...(subject && { subject }) })
  expect(notification.title).toBe(title)
  expect(notification.text.split('\n')).toEqual([...lines, 'Since 2026-11-05 12:00 UTC.'])
})

test('every kind is told, whatever its evidence lacks', () => {
  for (const kind of incidentKinds)
    for (const evidence of [
      {},
      { error_kinds: [], metric: 'constructor', p50_ms: NaN, models: 'x', recent_ms: 1 },
    ]) {
      const { title, text } = said({ kind, evidence })
      expect(`${title}\n${text}`).not.toMatch(/null|undefined|NaN|\[object|\s\s|of the last of| ,|: \./)
    }
})

test('names that others chose stay on their line, and are cut', () => {
  const subject = { ...provider, model: `a\nb\u202E${'c'.repeat(500)}` }
  const { title } = said({ subject })
  expect(title).toBe(`a b ${'c'.repeat(115)}… at openai is down`)
})

test('a test is of no incident', () => {
  expect(describe(deliveryLike({ event: 'test', incident: null }), linkOf)).toMatchObject({
    incident: null,
    title: 'A test of firsttoken',
    text: 'This channel works.',
    link: null,
  })
})
