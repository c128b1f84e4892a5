import { expect, test } from 'vitest'
import { news } from '../../../web/app/news.ts'
import { latelyDead } from '../../../web/app/lately-dead.ts'
import type { Channel } from '../../../web/api/incident-queries.ts'
import {
  channelBody,
  channelProblem,
  enteredChannel,
  settingProblem,
} from '../../../web/screens/incidents/channel-form.ts'
import { filterOf, incidentsSearch } from '../../../web/screens/incidents/search.ts'
import { chosenOf, daysOf, openGroups, quietSince } from '../../../web/screens/incidents/view.ts'
import {
  enteredWindow,
  inputOf,
  momentOf,
  windowBody,
  windowProblem,
} from '../../../web/screens/incidents/window-form.ts'
import { incidentLike } from '../../support/told-incidents.ts'

const at = (hour: number) => `2026-11-05T${String(hour).padStart(2, '0')}:00:00+00:00`
const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id).join(' ')

test('a URL holds the part, the filter and what is open, and nothing else', () => {
  const all = {
    view: 'channels',
    kind: 'slow',
    severity: 'minor',
    provider: 'openai',
    shadow: false,
    channel: 'ops',
  }
  expect(incidentsSearch({ ...all, add: true, state: 'dead', other: 1 })).toEqual({
    ...all,
    add: true,
    state: 'dead',
  })
  expect(
    incidentsSearch({
      view: 'incidents',
      kind: '__proto__',
      severity: 1,
      provider: '',
      shadow: 'no',
      add: 1,
    }),
  ).toEqual({})
  expect(filterOf(incidentsSearch(all))).toEqual({
    kind: 'slow',
    severity: 'minor',
    provider: 'openai',
    shadow: false,
  })
})

test('the worst stand first, of these the latest, what one tells follows it, and shadows stand apart', () => {
  const open = [
    incidentLike({ id: 'info', severity: 'info', first_bad_at: at(9) }),
    incidentLike({ id: 'child', parent_id: 'wide', first_bad_at: at(7) }),
    incidentLike({ id: 'lost', parent_id: 'elsewhere', severity: 'minor', first_bad_at: at(5) }),
    incidentLike({ id: 'old', first_bad_at: at(3) }),
    incidentLike({ id: 'wide', kind: 'provider_wide', first_bad_at: at(6) }),
    incidentLike({ id: 'seen', shadow: true }),
  ]
  expect(openGroups(open).map(({ name, note, rows }) => [name, note, ids(rows)])).toEqual([
    ['Open', '5', 'wide child old lost info'],
    ['In shadow', '1', 'seen'],
  ])
  expect(openGroups([])).toEqual([])
})

test('open ones are filtered as the server filters the others', () => {
  const rows = [
    incidentLike({ id: 'a' }),
    incidentLike({ id: 'b', kind: 'slow', severity: 'minor', shadow: true }),
    incidentLike({ id: 'c', provider: 'groq' }),
  ]
  expect(ids(chosenOf(rows, {}))).toBe('a b c')
  expect(ids(chosenOf(rows, { shadow: false, provider: 'openai' }))).toBe('a')
  expect(ids(chosenOf(rows, { kind: 'slow', view: 'channels' }))).toBe('b')
})

test('the past is told by days, and quiet since its latest end that was told', () => {
  const past = [
    incidentLike({ id: 'a', opened_at: '2026-11-05T12:00:00', resolved_at: at(13) }),
    incidentLike({ id: 'b', opened_at: '2026-11-05T11:00:00', resolved_at: at(15) }),
    incidentLike({ id: 'c', opened_at: '2026-11-04T12:00:00', resolved_at: at(18), shadow: true }),
  ]
  expect(daysOf(past).map(({ note, rows }) => [note, ids(rows)])).toEqual([
    ['2 incidents', 'a b'],
    ['1 incident', 'c'],
  ])
  expect(quietSince(past)).toBe(at(15))
  expect(quietSince([])).toBeNull()
})

test('of what is open each is news once, however long it stays', () => {
  const first = news([], ['a', 'b'])
  expect(first).toEqual({ fresh: ['a', 'b'], told: ['a', 'b'] })
  const second = news(first.told, ['b', 'c'])
  expect(second).toEqual({ fresh: ['c'], told: ['a', 'b', 'c'] })
  expect(news(second.told, ['a', 'b', 'c']).fresh).toEqual([])
  // What is open is never forgotten, what is over some day.
  const many = Array.from({ length: 500 }, (_, n) => String(n))
  const told = news(many, ['0']).told
  expect([told.length, told.includes('0'), told.includes('1'), told.includes('499')]).toEqual([
    201,
    true,
    false,
    true,
  ])
})

const webhook = {
  kind: 'webhook' as const,
  fields: [
    { name: 'url', needed: true, secret: false, fallback: null },
    { name: 'secret', needed: false, secret: true, fallback: null },
  ],
}
const entered = {
  name: ' ops ',
  kind: 'webhook' as const,
  minSeverity: 'major' as const,
  kinds: [],
  weekly: true,
}

test('a secret is named by its variable: one that is entered by mistake is not sent', () => {
  const given = { ...entered, values: { url: 'https://example.com', secret: 'whsec_abc' } }
  expect(
    settingProblem({ name: 'secret', needed: false, secret: true, fallback: null }, 'whsec_abc'),
  ).toMatch(/^Name the variable/)
  expect(channelProblem(given, webhook)).toMatch(/^Name the variable/)
  expect(channelProblem({ ...given, values: {} }, webhook)).toBe('URL is missing')
  expect(channelProblem({ ...given, name: ' ' }, webhook)).toBe('Give it a name')
})

test('what names a variable is sent among the secrets, an address too', () => {
  const given = { ...entered, values: { url: 'ALERT_SECRET_OPS', secret: ' ALERT_SECRET_KEY ' } }
  expect(channelProblem(given, webhook)).toBeNull()
  expect(channelBody(given, webhook)).toEqual({
    name: 'ops',
    kind: 'webhook',
    min_severity: 'major',
    kinds: [],
    weekly: true,
    settings: {},
    secrets: { url: 'ALERT_SECRET_OPS', secret: 'ALERT_SECRET_KEY' },
  })
  const written = { ...given, values: { url: 'https://example.com/a', secret: '' } }
  expect(channelBody(written, webhook)).toMatchObject({
    settings: { url: 'https://example.com/a' },
    secrets: {},
  })
})

const window = {
  name: ' Move ',
  scope: 'all',
  recurs: false,
  from: '2026-11-05T14:00',
  to: '2026-11-05T15:30',
  cron: '0 3 * * 0',
  minutes: '60',
  zone: 'Europe/Berlin',
  reason: '',
}

test('a window is sent in UTC, whatever the zone of the viewer, or as a cron expression', () => {
  const moment = new Date(2026, 10, 5, 14, 0)
  expect(inputOf(moment)).toBe('2026-11-05T14:00')
  expect(momentOf(inputOf(moment))).toEqual(moment)
  expect(momentOf('tomorrow')).toBeNull()
  expect(windowBody(window)).toEqual({
    name: 'Move',
    scope: 'all',
    reason: null,
    starts_at: moment.toISOString(),
    ends_at: new Date(2026, 10, 5, 15, 30).toISOString(),
  })
  expect(windowBody({ ...window, recurs: true, reason: 'Backup' })).toEqual({
    name: 'Move',
    scope: 'all',
    reason: 'Backup',
    cron: '0 3 * * 0',
    duration_minutes: 60,
    time_zone: 'Europe/Berlin',
  })
})

test('a window or a channel that is not changed is sent as it was', () => {
  const about = { id: 'w', name: 'Move', scope: 'all', reason: null, created_at: '2026-11-01T00:00:00.000Z' }
  const shown = { is_open: false, open_until: null, opens_next: null, owned_by: null }
  const never = { cron: null, duration_minutes: null, time_zone: null }
  const times = { starts_at: '2026-11-05T14:00:00.000Z', ends_at: '2026-11-05T15:30:00.000Z' }
  const once = { ...about, ...shown, ...never, ...times }
  expect(windowBody(enteredWindow(once), once)).toEqual({
    name: 'Move',
    scope: 'all',
    reason: null,
    ...times,
  })
  const rule = { cron: '0 3 * * 0', duration_minutes: 60, time_zone: 'Europe/Berlin' }
  const weekly = { ...once, ...rule, ends_at: null }
  const sent = { name: 'Move', scope: 'all', reason: null, ...rule }
  expect(windowBody(enteredWindow(weekly), weekly)).toEqual({ ...sent, ...times, ends_at: null })
  expect(windowBody({ ...enteredWindow(once), ...window, recurs: true }, once)).not.toHaveProperty(
    'starts_at',
  )
  const channel = {
    name: 'ops',
    kind: 'webhook',
    source: 'entered',
    enabled: false,
    min_severity: 'major',
    kinds: ['slow', 'drift'],
    weekly: true,
    settings: { url: 'https://example.com/a' },
    secrets: { secret: 'ALERT_SECRET_KEY' },
    problem: null,
    disabled_reason: null,
    consecutive_failures: 0,
    last_sent_at: null,
    n_waiting: 0,
    owned_by: null,
  } as const satisfies Channel
  const { name, kind, min_severity, kinds, weekly: isWeekly, settings, secrets } = channel
  expect(channelBody(enteredChannel({ ...channel, kinds: [...kinds] }), webhook)).toEqual({
    name,
    kind,
    min_severity,
    kinds,
    weekly: isWeekly,
    settings,
    secrets,
  })
})

test('what was given up within a day is told, and no test', () => {
  const now = new Date('2026-11-30T12:00:00Z')
  const delivery = {
    id: 'd',
    incident_id: 'i',
    week: null,
    event: 'opened',
    seq: 0,
    channel: 'ops',
    state: 'dead',
    attempts: 2,
    next_attempt_at: '2026-11-29T12:00:01Z',
    last_error: 'answered HTTP 404',
    sent_at: null,
    created_at: '2026-11-28T14:00:00Z',
  } as const
  const rows = [
    delivery,
    { ...delivery, id: 'old', next_attempt_at: '2026-11-29T11:59:59Z' },
    { ...delivery, id: 'test', event: 'test' as const, incident_id: null },
    { ...delivery, id: 'sent', state: 'sent' as const },
  ]
  expect(latelyDead(rows, now).map(({ id }) => id)).toEqual(['d'])
})

test('what a window lacks is said before it is sent', () => {
  const why = (more: Partial<typeof window>) => windowProblem({ ...window, ...more })
  expect(why({})).toBeNull()
  expect(why({ name: '' })).toBe('Give it a name')
  expect(why({ to: window.from })).toBe('It must end after it begins')
  expect(why({ from: '' })).toBe('Choose when it begins and ends')
  expect(why({ recurs: true, minutes: '1.5' })).toBe('Write how many minutes it lasts')
  expect(why({ recurs: true, cron: ' ' })).toBe('Write when it begins, as a cron expression')
  expect(why({ recurs: true, zone: '' })).toBe('Write its time zone')
  expect(why({ recurs: true, from: '', to: '' })).toBeNull()
})
