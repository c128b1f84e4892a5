import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { OfficialIncident, OfficialStatus } from '../../src/core/official-status.ts'
import { askOfficial } from '../../src/jobs/official.ts'
import { testApp } from '../support/app.ts'
import { fresh } from '../support/contract-store.ts'
import { officialText } from '../support/official.ts'
import { openedTransport } from '../support/opened-transport.ts'
import { transport, transports } from '../support/transports.ts'

const minute = 60_000
const ago = (minutes: number) => new Date(Date.now() - minutes * minute)

const incident = (more: Partial<OfficialIncident> = {}): OfficialIncident => ({
  id: 'i1',
  name: 'Elevated errors',
  impact: 'major',
  status: 'investigating',
  startedAt: ago(20),
  resolvedAt: null,
  url: 'https://status.example/i1',
  components: ['API'],
  ...more,
})
const status = (more: Partial<OfficialStatus> = {}): OfficialStatus => ({
  indicator: 'partial_outage',
  description: 'API',
  incidents: [incident()],
  maintenances: [],
  ...more,
})

describe.each(transport('embedded'))('what providers say of themselves over $name', ({ open }) => {
  const { store, rowsOf } = openedTransport(open)
  const save = (provider: string, more: Partial<OfficialStatus> = {}) =>
    store.saveOfficialStatus({ provider, status: status(more), validators: { a: { etag: '"1"' } } })
  const said = async (provider: string) =>
    (await store.listOfficialStatuses()).rows.find((row) => row.provider === provider)
  const benchmark = async (slug: string, active: boolean | null = true) => {
    await rowsOf(
      `with p as (insert into public.providers (name, slug) values ($1, $1) returning id),
        m as (insert into public.models (name, provider_id) select 'm', id from p returning id, provider_id)
      insert into public.targets (provider_id, model_id, parameters, active)
        select provider_id, id, '{}', $2 from m`,
      [slug, active],
    )
    return slug
  }
  const claim = async (providers: string[], minAgeMs = 240_000) =>
    (await store.claimOfficialStatuses({ providers, minAgeMs })).rows.map(({ provider }) => provider)

  test('a provider that is benchmarked is asked by one at a time, and not again for four minutes', async () => {
    const [a, b, paused] = [
      await benchmark(fresh('a')),
      await benchmark(fresh('b')),
      await benchmark(fresh('c'), false),
    ]
    const all = [a, b, paused, fresh('nobody')]
    const claims = await Promise.all(Array.from({ length: 5 }, () => claim(all)))
    expect(claims.flat().toSorted()).toEqual([a, b].toSorted())
    await rowsOf(
      `update public.official_statuses set claimed_at = now() - interval '5 minutes' where provider = $1`,
      [a],
    )
    expect(await claim(all)).toEqual([a])
    expect(await said(a)).toBeUndefined()
  })

  test('what it says is listed with the incidents that are open', async () => {
    const provider = fresh('p')
    const over = incident({ id: 'i0', status: 'resolved', resolvedAt: ago(60), startedAt: ago(90) })
    expect(await save(provider, { incidents: [incident(), over] })).toEqual({ opened: 2 })
    expect(await save(provider, { incidents: [incident({ status: 'monitoring' }), over] })).toEqual({
      opened: 0,
    })
    expect(await said(provider)).toMatchObject({
      indicator: 'partial_outage',
      summary: 'API',
      error: null,
      incidents: [{ external_id: 'i1', status: 'monitoring', components: ['API'] }],
    })
  })

  test('an incident that is listed no more is over; nothing changes if nothing changed', async () => {
    const provider = fresh('p')
    await save(provider)
    await store.saveOfficialStatus({ provider, unchanged: true })
    expect(await said(provider)).toMatchObject({ indicator: 'partial_outage', incidents: [{}] })
    await save(provider, { indicator: 'operational', description: null, incidents: [] })
    expect(await said(provider)).toMatchObject({ indicator: 'operational', incidents: [] })
    const rows = await rowsOf(
      `select status, resolved_at is not null as is_over from public.official_incidents where provider = $1`,
      [provider],
    )
    expect(rows).toEqual([{ status: 'resolved', is_over: true }])
  })

  test('an answer that is no status keeps the last for 30 minutes, and asks for the next as a whole', async () => {
    const provider = await benchmark(fresh('p'))
    await save(provider, { indicator: 'operational', incidents: [incident()] })
    await store.saveOfficialStatus({ provider, error: 'unreadable' })
    expect(await said(provider)).toMatchObject({ indicator: 'operational', error: 'unreadable' })
    await rowsOf(
      `update public.official_statuses set claimed_at = now() - interval '5 minutes',
        ok_at = now() - interval '31 minutes' where provider = $1`,
      [provider],
    )
    expect(await said(provider)).toMatchObject({ indicator: 'unknown', summary: null, incidents: [] })
    const { rows } = await store.claimOfficialStatuses({ providers: [provider], minAgeMs: 240_000 })
    expect(rows).toEqual([{ provider, validators: {} }])
  })

  describe('who said it first', () => {
    const ours = async (provider: string, more: Record<string, unknown> = {}) =>
      rowsOf(
        `insert into public.incidents (id, scope, kind, severity, provider, first_bad_at, opened_at, resolved_at,
          resolve_reason, shadow)
        select r.id, r.scope, r.kind, 'major', r.provider, r.first_bad_at, r.opened_at, r.resolved_at,
          r.resolve_reason, r.shadow
        from jsonb_populate_record(null::public.incidents, $1) r`,
        [
          {
            id: randomUUID(),
            scope: `provider/${randomUUID()}`,
            kind: 'down',
            provider,
            first_bad_at: ago(100).toISOString(),
            opened_at: ago(90).toISOString(),
            shadow: false,
            ...more,
          },
        ],
      )
    /** Theirs, published so many minutes ago; looked at without it at another moment. */
    const theirs = async (
      provider: string,
      times: { started: number; seen: number; before: number | null; over?: number },
    ) => {
      await save(provider, {
        incidents: [
          incident({
            startedAt: ago(times.started),
            resolvedAt: times.over === undefined ? null : ago(times.over),
          }),
        ],
      })
      await rowsOf(
        `update public.official_incidents set first_seen_at = $2, not_seen_at = $3 where provider = $1`,
        [provider, ago(times.seen), times.before === null ? null : ago(times.before)],
      )
    }
    const leads = (provider: string) =>
      rowsOf(
        `select kind, round(extract(epoch from lead) / 60)::int as lead,
          round(extract(epoch from claimed_lead) / 60)::int as claimed
        from public.official_leads where provider = $1`,
        [provider],
      )

    test('is told by when they published it, and by when they say it began', async () => {
      const provider = fresh('p')
      await ours(provider)
      await theirs(provider, { started: 95, seen: 60, before: 65 })
      expect(await leads(provider)).toEqual([{ kind: 'down', lead: 30, claimed: -5 }])
    })

    test.each([
      ['the page was not looked at before', { started: 95, seen: 60, before: null }],
      ['nobody looked for long', { started: 95, seen: 60, before: 120 }],
    ])('is not told by us if %s', async (_, times) => {
      const provider = fresh('p')
      await ours(provider)
      await theirs(provider, times)
      expect(await leads(provider)).toEqual([{ kind: 'down', lead: null, claimed: -5 }])
    })

    test.each([
      ['was over before ours began', { started: 200, seen: 190, before: 195, over: 150 }, {}],
      ['began more than six hours before', { started: 100 + 361, seen: 60, before: 61 }, {}],
      [
        'began after ours was over',
        { started: 30, seen: 25, before: 28 },
        { resolved_at: ago(40).toISOString(), resolve_reason: 'recovered' },
      ],
      ['is beside one of ours that is shown only', { started: 95, seen: 60, before: 65 }, { shadow: true }],
      ['is beside one of another kind', { started: 95, seen: 60, before: 65 }, { kind: 'slow' }],
    ])('pairs none that %s', async (_, times, more) => {
      const provider = fresh('p')
      await ours(provider, more)
      await theirs(provider, times)
      expect(await leads(provider)).toEqual([])
    })
  })
})

describe('asking status pages', () => {
  const { store, rowsOf } = openedTransport(transports[0]!.open)
  const asked: string[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    const file = path.endsWith('summary.json') ? 'anthropic-incident' : 'anthropic-incidents'
    response.end(path.startsWith('/status.claude.com/') ? officialText(file) : '<html>')
  })
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    for (const slug of ['anthropic', 'deepseek', 'glm', 'openai'])
      await rowsOf(
        `with p as (insert into public.providers (name, slug) values ($1, $1) returning id),
          m as (insert into public.models (name, provider_id) select 'm', id from p returning id, provider_id)
        insert into public.targets (provider_id, model_id, parameters) select provider_id, id, '{}' from m`,
        [slug],
      )
  })
  afterAll(() => void server.close())
  const env = () => ({
    OFFICIAL_STATUS: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ANTHROPIC_API_KEY: 'sk-a',
    DEEPSEEK_API_KEY: 'sk-a',
    GLM_API_KEY: 'sk-a',
    OPENAI_API_KEY: 'sk-a',
    OPENAI_BASE_URL: 'http://127.0.0.1:9/v1',
    GROQ_API_KEY: 'sk-a',
  })

  test('asks each provider that is benchmarked and that itself answers its calls, once', async () => {
    await askOfficial(store, testApp({ ...env(), OFFICIAL_STATUS: 'off' }, store))
    expect(asked).toEqual([])
    const app = testApp(env(), store, {
      clock: { now: () => 0, date: () => new Date('2026-09-05T00:00:00Z') },
    })
    await Promise.all([askOfficial(store, app), askOfficial(store, app)])
    expect(asked.toSorted()).toEqual([
      '/status.claude.com/api/v2/incidents.json',
      '/status.claude.com/api/v2/summary.json',
      '/status.deepseek.com/api/status-page/6410630422455/summary/active',
    ])
    const { rows } = await store.listOfficialStatuses()
    expect(rows).toMatchObject([
      {
        provider: 'anthropic',
        indicator: 'degraded_performance',
        error: null,
        incidents: [{ external_id: 'f6gkkq6txl7z' }],
      },
      { provider: 'deepseek', indicator: 'unknown', error: 'unreadable', ok_at: null },
    ])
    const kept = await rowsOf(`select external_id from public.official_incidents order by 1`)
    expect(kept.map((row) => row['external_id'])).toEqual(['461yvfrzpwtt', 'f6gkkq6txl7z'])
  })

  test('keeps no incident that was over long ago', async () => {
    await rowsOf(`truncate public.official_incidents, public.official_statuses`)
    await askOfficial(store, testApp(env(), store))
    const kept = await rowsOf(`select external_id from public.official_incidents`)
    expect(kept.map((row) => row['external_id'])).toEqual(['f6gkkq6txl7z'])
  })
})
