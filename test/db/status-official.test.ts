import { beforeAll, expect, test } from 'vitest'
import type { OfficialStatus } from '../../src/core/official-status.ts'
import { resultsOf } from '../support/alert-results.ts'
import { openedTransport } from '../support/opened-transport.ts'
import { addIncident } from '../support/public-history.ts'
import { transports } from '../support/transports.ts'

const [embedded] = transports
if (embedded === undefined) throw new Error('there is no transport')
const { store, sql } = openedTransport(embedded.open)
let target = ''

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000)
const said = (indicator: OfficialStatus['indicator'], begun: number | null = null): OfficialStatus => ({
  indicator,
  description: 'the words of the page',
  incidents:
    begun === null
      ? []
      : [
          {
            id: 'x1',
            name: 'Elevated errors',
            impact: 'major',
            status: 'investigating',
            startedAt: minutesAgo(begun),
            resolvedAt: null,
            url: 'https://status.example/x1',
            components: [],
          },
        ],
  maintenances: [],
})
const save = (provider: string, status: OfficialStatus) =>
  store.saveOfficialStatus({ provider, status, validators: {} })
const claims = async () =>
  (await store.statusPage()).official.map(({ provider, name, indicator, since }) => [
    provider,
    name,
    indicator,
    since === null ? null : Math.round((Date.now() - Date.parse(since)) / 60_000),
  ])

beforeAll(async () => {
  const { newTarget, record } = resultsOf(store)
  await record(newTarget('alpha'), 'fra1', { minutesAgo: 9 })
  await sql.query('update targets set active = true')
  target = String((await sql.query('select id from targets')).rows[0]?.['id'])
})

test('of the providers that are shown it says what they say, and nothing of others', async () => {
  expect(await claims()).toEqual([])
  await save('alpha', said('operational'))
  await save('elsewhere', said('major_outage'))
  expect(await claims()).toEqual([['alpha', 'alpha', 'operational', null]])
  await save('alpha', said('partial_outage', 20))
  expect(await claims()).toEqual([['alpha', 'alpha', 'partial_outage', 20]])
  expect(JSON.stringify(await store.statusPage())).not.toContain('the words of the page')
})

test('a page that cannot be read for half an hour is unknown, however well it was', async () => {
  await save('alpha', said('operational'))
  await store.saveOfficialStatus({ provider: 'alpha', error: 'unreachable' })
  expect(await claims()).toMatchObject([['alpha', 'alpha', 'operational', null]])
  await sql.query(`update official_statuses set ok_at = now() - interval '31 minutes'`)
  expect(await claims()).toMatchObject([['alpha', 'alpha', 'unknown', null]])
})

test('an incident has how long after us they published theirs, or before; null if their page was not watched', async () => {
  const id = await addIncident(sql, { kind: 'down', targetId: target, provider: 'alpha', minutesAgo: 12 })
  const leads = async () => {
    const found = (await store.statusPage()).incidents.find((each) => each.id === id)?.official
    return found === null || found === undefined
      ? null
      : [found.provider, found.url, found.lead_s, found.claimed_lead_s].map((each) =>
          typeof each === 'number' ? Math.round(each / 60) : each,
        )
  }
  await sql.query('delete from official_incidents')
  expect(await leads()).toBe(null)
  await save('alpha', said('major_outage', 15))
  const watched = (seen: number, before: number | null) =>
    sql.query(
      `update official_incidents set first_seen_at = now() - make_interval(mins => $1),
        not_seen_at = now() - make_interval(mins => $2)`,
      [seen, before],
    )
  await watched(2, 7)
  expect(await leads()).toEqual(['alpha', 'https://status.example/x1', 10, -3])
  await watched(14, 19)
  expect(await leads()).toEqual(['alpha', 'https://status.example/x1', -2, -3])
  await watched(2, null)
  expect(await leads()).toEqual(['alpha', 'https://status.example/x1', null, -3])
})
