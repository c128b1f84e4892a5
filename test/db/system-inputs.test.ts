import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Target } from '../../src/core/plan.ts'
import type { Price } from '../../src/core/price.ts'
import { providerFault, resultsOf } from '../support/alert-results.ts'
import { incidentsOver, opening } from '../support/incident-store.ts'
import { openedTransport } from '../support/opened-transport.ts'
import { listedModel, samplePrice } from '../support/samples.ts'
import { transport } from '../support/transports.ts'

const hour = 3_600_000

describe.each(transport('supabase-js'))(
  'what is judged of providers, models and the installation over $name',
  ({ open }) => {
    const { store, rowsOf } = openedTransport(open)
    const { newTarget, record } = resultsOf(store)
    const { opened } = incidentsOver(store)

    const idOf = async ({ model }: Target) => {
      const [row] = await rowsOf(
        'select t.id, t.model_id from targets t join models m on m.id = t.model_id where m.name = $1',
        [model],
      )
      return { targetId: String(row?.['id']), modelId: String(row?.['model_id']) }
    }

    test('a provider has each of its targets in each region, with its state and what is open of it', async () => {
      const first = newTarget()
      const second = newTarget(first.provider)
      const third = newTarget(first.provider)
      for (const minutesAgo of [20, 12]) await record(first, 'fra1', { minutesAgo, ...providerFault })
      await record(first, 'iad1', { minutesAgo: 12 })
      await record(second, 'fra1', { minutesAgo: 12 })
      await record(third, 'fra1', { minutesAgo: 12 })
      const [one, two, three] = [await idOf(first), await idOf(second), await idOf(third)]
      await rowsOf('update targets set active = false where id = $1', [three.targetId])
      const subject = { provider: first.provider, model: first.model, targetId: one.targetId, region: 'fra1' }
      const id = await opened(opening(subject))
      await record(newTarget(), 'fra1', { minutesAgo: 12 })
      const { rows } = await store.readProviderInputs({ provider: first.provider })
      expect(rows).toMatchObject([
        {
          scope: `provider/${first.provider}`,
          version: 0,
          subject: { provider: first.provider, model: null, targetId: null, region: null },
          open: [],
          past: {},
        },
      ])
      const seen = rows[0]?.targets.map(({ targetId, model, state, down }) => [
        targetId,
        model,
        state,
        down?.id,
      ])
      expect(seen).toHaveLength(4)
      expect(seen).toEqual(
        expect.arrayContaining([
          [one.targetId, first.model, 'down', id],
          [one.targetId, first.model, 'up', undefined],
          [two.targetId, second.model, 'up', undefined],
          [three.targetId, third.model, 'paused', undefined],
        ]),
      )
      expect(rows[0]?.targets.map(({ scope }) => scope)).toContain(`target/${one.targetId}/iad1`)
      expect((await store.readProviderInputs({})).rows.length).toBeGreaterThan(1)
    })

    test('the installation has its last scheduled run, what was spent, and how this host measures', async () => {
      const schedule = `s-${randomUUID()}`
      const host = `h-${randomUUID()}`
      const empty = await store.readSystemInputs({ schedule, host })
      expect(empty).toMatchObject({
        scope: 'system',
        version: 0,
        open: [],
        lastFinishedAt: null,
        lastRun: null,
        calibration: null,
      })
      await rowsOf(
        `insert into runs (run_name, triggered_by, schedule, slot, status, finished_at, status_reason)
        values ('a', 'cron', $1, '2026-11-30T10:00Z', 'finished', '2026-11-30T10:02Z', null),
          ('b', 'cron', $1, '2026-11-30T10:15Z', 'finished', '2026-11-30T10:17Z', 'our own outage: 3 of 4'),
          ('c', 'cron', $1, '2026-11-30T10:30Z', 'missed', '2026-11-30T10:31Z', 'away')`,
        [schedule],
      )
      await rowsOf(
        `insert into calibrations (host, node_version, concurrency, streams, chunks, threads, ttft_p50_ms, ttft_p95_ms,
          ttft_p99_ms, chunk_p50_ms, chunk_p95_ms, chunk_p99_ms, created_at)
        values ($1, '24', 1, 9, 9, 0, 1, 2, 3, 1, 2, 6, now() - interval '1 hour'),
          ($1, '24', 1, 9, 9, 0, 1, 2, 9, 1, 2, 3, now() - interval '2 hours'),
          ($1, '24', 8, 9, 9, 0, 1, 2, 70, 1, 2, 3, now())`,
        [host],
      )
      await rowsOf('delete from firsttoken.spending_parts')
      await rowsOf(`select firsttoken.spend((now() at time zone 'UTC')::date, 1.25)`)
      const { lastFinishedAt, lastRun, spent, calibration, now } = await store.readSystemInputs({
        schedule,
        host,
      })
      expect(lastFinishedAt).toEqual(new Date('2026-11-30T10:17:00Z'))
      expect(lastRun).toMatchObject({
        finishedAt: new Date('2026-11-30T10:17:00Z'),
        ownOutage: 'our own outage: 3 of 4',
      })
      expect(calibration).toEqual({ at: expect.any(Date), host, p99Ms: 6 })
      const midnight = new Date(now)
      midnight.setUTCHours(0, 0, 0, 0)
      expect(spent.day).toEqual({ since: midnight, usd: 1.25 })
      midnight.setUTCDate(1)
      expect(spent.month).toMatchObject({ since: midnight })
      expect(spent.month.usd).toBeGreaterThanOrEqual(1.25)
    })

    describe('a model', () => {
      /** Saves a sync that found some models, and changed prices. */
      const sync = async (
        provider: string,
        listed: readonly string[],
        more: { left?: string[]; prices?: { model: string; before: Price | null; price: Price }[] } = {},
      ) => {
        const id = randomUUID()
        await store.saveSync({
          about: {
            id: provider,
            name: provider,
            baseUrl: 'https://p.example',
            logoUrl: null,
            synthetic: false,
          },
          trigger: 'cron',
          models: listed.map((model) => listedModel(model)),
          outcome: {
            id,
            provider: { id: provider, name: provider },
            startedAt: new Date(),
            finishedAt: new Date(),
            status: 'saved',
            reason: null,
            listed: listed.length,
            chat: listed.length,
            unreadable: 0,
            unpriced: 0,
            prices: more.prices ?? [],
            conflicts: [],
            changes: { added: [], left: more.left ?? [], returned: [], changed: [] },
            leaving: [],
          },
        })
        return id
      }
      const modelOf = async (target: Target) => {
        const { rows } = await store.readModelInputs({ provider: target.provider })
        return rows.find(({ subject }) => subject.model === target.model)
      }

      test('that is benchmarked has how many syncs lacked it, until it is back', async () => {
        const target = newTarget()
        await record(target, 'fra1', { minutesAgo: 5 })
        const { provider, model } = target
        expect(await modelOf(target)).toMatchObject({ missedSyncs: 0, lastSync: null, priceChange: null })
        const first = await sync(provider, [model])
        expect(await modelOf(target)).toMatchObject({
          scope: `model/${(await idOf(target)).modelId}`,
          subject: { provider, model, targetId: null, region: null },
          hasActiveTarget: true,
          missedSyncs: 0,
          lastSync: { id: first, at: expect.any(Date) },
        })
        await sync(provider, ['other'], { left: [model] })
        expect(await modelOf(target)).toMatchObject({ missedSyncs: 1 })
        const third = await sync(provider, ['other'])
        expect(await modelOf(target)).toMatchObject({ missedSyncs: 2, lastSync: { id: third } })
        await sync(provider, ['other', model])
        expect(await modelOf(target)).toMatchObject({ missedSyncs: 0 })
      })

      test('has what the last sync changed in its price, and nothing else', async () => {
        const target = newTarget()
        await record(target, 'fra1', { minutesAgo: 5 })
        const { provider, model } = target
        const price = { ...samplePrice, inputPerM: 0.3, source: 'provider' }
        await sync(provider, [model], { prices: [{ model, before: samplePrice, price }] })
        expect(await modelOf(target)).toMatchObject({
          priceChange: {
            at: expect.any(Date),
            before: { inputPerM: 0.15, outputPerM: 0.6 },
            after: { inputPerM: 0.3, outputPerM: 0.6 },
            source: 'provider',
          },
        })
        await sync(provider, [model], { prices: [{ model: 'other', before: samplePrice, price }] })
        expect(await modelOf(target)).toMatchObject({ priceChange: null })
        await sync(provider, [model], { prices: [{ model, before: null, price }] })
        expect(await modelOf(target)).toMatchObject({ priceChange: null })
        await sync(provider, [model], {
          prices: [{ model, before: samplePrice, price: { ...price, inputPerM: 1 } }],
        })
        await store.setPrice({ provider, model, price: samplePrice, about: null })
        expect(await modelOf(target)).toMatchObject({ priceChange: null })
      })

      test('has the names that its last answers gave, over all its targets and regions', async () => {
        const target = newTarget()
        await record(target, 'fra1', { minutesAgo: 40, responseModel: 'a' })
        await record(target, 'iad1', { minutesAgo: 30, responseModel: 'b' })
        await record(target, 'fra1', { minutesAgo: 20, responseModel: null })
        await record(target, 'fra1', { minutesAgo: 15, ...providerFault })
        const pinned = { ...target, parameters: { reasoning: 'least' as const, pin: 'groq' } }
        await record(pinned, 'fra1', { minutesAgo: 12, responseModel: 'c' })
        expect((await modelOf(target))?.answers.map(({ responseModel }) => responseModel)).toEqual([
          'c',
          'b',
          'a',
        ])
      })

      test('that nothing is benchmarked of comes only while something is open of it', async () => {
        const target = newTarget()
        await record(target, 'fra1', { minutesAgo: 5 })
        const { modelId } = await idOf(target)
        await rowsOf('update targets set active = false where model_id = $1', [modelId])
        expect(await modelOf(target)).toBeUndefined()
        await rowsOf(
          `insert into incidents (id, scope, kind, severity, first_bad_at) values (gen_random_uuid(), $1, 'model_gone', 'major', now())`,
          [`model/${modelId}`],
        )
        expect(await modelOf(target)).toMatchObject({
          hasActiveTarget: false,
          open: [{ kind: 'model_gone' }],
        })
      })
    })

    test('a target has the medians of 45 days that are over, of the series of its latest sample', async () => {
      await rowsOf('update targets set active = false')
      const target = newTarget()
      await record(target, 'fra1', { minutesAgo: 2, series: 'before' })
      await record(target, 'fra1', { minutesAgo: 1 })
      const { targetId } = await idOf(target)
      await rowsOf(
        `insert into samples_daily
        select k.id, date_trunc('day', now(), 'UTC') - n * interval '24 hours', array[n, n + 1, n + 100], '{}',
          array[20, 50], array[100 + n, 200 + n]
        from tracks k, generate_series(1, 50) n where k.target_id = $1
        -- After midnight the latest are of yesterday.
        on conflict (track_id, bucket) do update set ttft = excluded.ttft, ttfa = excluded.ttfa,
          tps = excluded.tps, latency = excluded.latency`,
        [targetId],
      )
      const other = newTarget()
      await record(other, 'fra1', { minutesAgo: 1 })
      const pages = [await store.readDriftInputs({ after: null, limit: 1 })]
      pages.push(await store.readDriftInputs({ after: pages[0]?.next ?? null, limit: 1 }))
      expect(pages[1]?.next).toBeNull()
      const rows = pages.flatMap((page) => page.rows)
      expect(rows.map(({ subject }) => String(subject.model)).toSorted()).toEqual(
        [target.model, other.model].toSorted(),
      )
      const row = rows.find(({ subject }) => subject.targetId === targetId)
      expect(row).toMatchObject({ scope: `target/${targetId}/fra1`, state: 'up', series: 'series-1' })
      expect(row?.firstCheckAt).toBeInstanceOf(Date)
      expect(row?.days).toHaveLength(45)
      const last = row?.days.at(-1)
      expect(last).toEqual({
        day: new Date(Math.floor(Date.now() / (24 * hour)) * 24 * hour - 24 * hour),
        n: 2,
        ttftMs: 2,
        latencyMs: 151,
        tpotMs: 1000 / 35,
      })
      expect(rows.find(({ subject }) => subject.model === other.model)?.days).toEqual([])
    })
  },
)
