import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deriveMetrics, formulaVersion } from '../../src/core/metrics.ts'
import type { Plan } from '../../src/core/plan.ts'
import type { Price } from '../../src/core/price.ts'
import { toResultRow } from '../../src/store/result-codec.ts'
import { type ClaimedProbe, type StoredResult, type Store, StoreError } from '../../src/store/store.ts'
import { decodeTimeline } from '../../src/store/timeline.ts'
import {
  failedResult,
  samplePlan,
  samplePrice,
  sampleProbe,
  sampleResult,
  sampleTarget,
  sampleTimeline,
} from '../support/samples.ts'
import { type OpenTransport, transports } from '../support/transports.ts'
import { recordResult } from '../support/record-result.ts'

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  )

const eight = <Output>(call: (index: number) => Promise<Output>) =>
  Promise.all(Array.from({ length: 8 }, (_, index) => call(index)))

/** Two spellings of one moment are the same moment. */
const asDates = (row: StoredResult | undefined) => ({
  ...row,
  started_at: new Date(String(row?.['started_at'])),
})

/** A model name that no other test uses. */
const fresh = (name = 'model') => `${name}-${randomUUID().slice(0, 8)}`

describe.each(transports)('the store over $name', ({ open }) => {
  let opened: OpenTransport
  let store: Store
  const rowsOf = async (text: string, values: unknown[] = []) => (await opened.sql.query(text, values)).rows

  beforeAll(async () => {
    opened = await open()
    store = opened.store
  })
  afterAll(() => opened.close())

  const start = async (more: Partial<Plan> = {}, models = [fresh(), fresh(), fresh()]) => {
    const plan = samplePlan(models, more)
    await store.startRun(plan, 'local')
    return plan
  }
  const claim = (plan: Plan, more: { leaseMs?: number; region?: string; claimId?: string } = {}) =>
    store.claimProbe({ runId: plan.id, owner: 'worker', leaseMs: 60_000, region: 'local', ...more })
  const claimed = async (plan: Plan, more: { leaseMs?: number } = {}): Promise<ClaimedProbe> => {
    const assignment = await claim(plan, more)
    if (assignment === null) throw new Error('nothing left to claim')
    return assignment
  }
  const allResults = async (plan: Plan): Promise<StoredResult[]> =>
    (await store.listResults({ runId: plan.id, after: null, limit: 100 })).rows

  /** The results of a plan of so many probes, and the range of time that holds them. */
  const recordedApart = async (count: number) => {
    const plan = await start(
      {},
      Array.from({ length: count }, () => fresh()),
    )
    const ids = plan.probes.map(({ resultId }) => resultId)
    for (const probe of plan.probes) await recordResult(store, sampleResult(plan, probe))
    // In a time of their own: other tests record, too.
    const since = new Date(Date.UTC(2001, 0, 1) + Math.floor(Math.random() * 6e11))
    await opened.sql.query(
      `update benchmark_results set created_at = $1::timestamptz + (iteration || ' minutes')::interval where id = any ($2)`,
      [since.toISOString(), ids],
    )
    const until = new Date(since.getTime() + 3_600_000)
    return {
      ids: ids.toSorted(),
      plan,
      range: { since, until, limit: 100, after: null },
    }
  }

  describe('starting a run', () => {
    test('gives back the run that was planned', async () => {
      const before = Date.now()
      const plan = samplePlan([fresh(), fresh()], {
        name: 'nightly',
        trigger: 'cron',
        mode: 'multi',
        synthetic: true,
      })
      const { created, run } = await store.startRun(plan, 'fra1')
      expect(created).toBe(true)
      expect(run).toEqual({
        id: plan.id,
        runName: 'nightly',
        triggeredBy: 'cron',
        mode: 'multi',
        schedule: null,
        slot: null,
        region: 'fra1',
        status: 'running',
        statusReason: null,
        synthetic: true,
        startedAt: expect.any(Date),
        finishedAt: null,
        nProbes: 2,
        nSucceeded: 0,
        nFailed: 0,
        nSkipped: 0,
      })
      expect(Math.abs(run.startedAt.getTime() - before)).toBeLessThan(10_000)
    })

    test('a second time changes nothing', async () => {
      const plan = await start()
      const again = await store.startRun({ ...plan, name: 'other' }, 'local')
      expect(again.created).toBe(false)
      expect(again.run).toMatchObject({ id: plan.id, runName: 'a run' })
      expect(await rowsOf('select count(*)::int as n from probes where run_id = $1', [plan.id])).toEqual([
        { n: 3 },
      ])
    })

    test('in a slot that has its run gives that run', async () => {
      const slot = { schedule: fresh('schedule'), slot: new Date('2026-11-21T10:15:00Z') }
      const first = await start(slot)
      const second = samplePlan(['m'], slot)
      const answer = await store.startRun(second, 'local')
      expect(answer).toMatchObject({ created: false, run: { id: first.id, ...slot } })
      expect(await rowsOf('select from probes where run_id = $1', [second.id])).toEqual([])
    })

    test('in the same slot of another schedule, or in none, makes another run', async () => {
      const slot = new Date('2026-11-21T10:30:00Z')
      const results = []
      for (const schedule of [fresh('a'), fresh('b'), null, null]) {
        results.push(
          await store.startRun(
            samplePlan(['m'], { schedule, slot: schedule === null ? null : slot }),
            'local',
          ),
        )
      }
      expect(results.map(({ created }) => created)).toEqual([true, true, true, true])
    })

    test('by eight at once creates one run for the slot, with one set of probes', async () => {
      const slot = { schedule: fresh('schedule'), slot: new Date('2026-11-21T10:45:00Z') }
      const models = [fresh(), fresh(), fresh()]
      const answers = await eight(() => store.startRun(samplePlan(models, slot), 'local'))
      expect(answers.filter(({ created }) => created)).toHaveLength(1)
      expect(new Set(answers.map(({ run }) => run.id)).size).toBe(1)
      const [{ run }] = answers as [(typeof answers)[0]]
      expect(await rowsOf('select count(*)::int as n from probes where run_id = $1', [run.id])).toEqual([
        { n: 3 },
      ])
    })

    test('by eight at once without a slot shares providers, models, targets and prices', async () => {
      const models = [fresh('shared'), fresh('shared')]
      const provider = {
        id: fresh('p'),
        name: fresh('P'),
        baseUrl: 'http://x',
        logoUrl: null,
        synthetic: false,
      }
      const plan = (price: Price) =>
        samplePlan([], {
          providers: [provider],
          probes: models.map((model) => sampleProbe(sampleTarget(model, provider.id), { price })),
        })
      for (const price of [samplePrice, { ...samplePrice, inputPerM: 0.2 }]) {
        const answers = await eight(() => store.startRun(plan(price), 'local'))
        expect(answers.every(({ created }) => created)).toBe(true)
      }
      const counts = await rowsOf(
        `select (select count(*)::int from models m where m.provider_id = p.id) as models,
           (select count(*)::int from targets t where t.provider_id = p.id) as targets,
           (select count(*)::int from prices r where r.provider_id = p.id) as prices
         from providers p where p.slug = $1`,
        [provider.id],
      )
      // The price that the first plans brought stays: later plans may be older than it.
      expect(counts).toEqual([{ models: 2, targets: 2, prices: 2 }])
    })

    test('a probe for a provider that the plan does not name is refused, and leaves nothing', async () => {
      const plan = samplePlan(['m'], { probes: [sampleProbe(sampleTarget('m', fresh('nobody')))] })
      const error = await failureOf(store.startRun(plan, 'local'))
      expect(error).toBeInstanceOf(StoreError)
      expect(error).toMatchObject({ kind: 'invalid', message: expect.stringContaining('0 of 1 probes') })
      expect(await rowsOf('select from runs where id = $1', [plan.id])).toEqual([])
    })

    test('two providers of one name are told apart', async () => {
      const name = fresh('Same')
      const [one, two] = [fresh('one'), fresh('two')]
      const providers = [one, two].map((id) => ({
        id,
        name,
        baseUrl: 'http://x',
        logoUrl: null,
        synthetic: false,
      }))
      const probes = [one, two].map((id) => sampleProbe(sampleTarget('m', id)))
      await start({ providers, probes })
      await start({ providers, probes: [one, two].map((id) => sampleProbe(sampleTarget('m', id))) })
      const names = await rowsOf('select name from providers where slug = any ($1) order by name', [
        [one, two],
      ])
      expect(names).toEqual([{ name }, { name: `${name} (${two})` }])
    })

    test('a provider row from before slugs is adopted by its name', async () => {
      const name = fresh('Old')
      const [old] = await rowsOf('insert into providers (name) values ($1) returning id', [name])
      const id = fresh('old')
      await start({
        providers: [{ id, name, baseUrl: 'http://new', logoUrl: null, synthetic: false }],
        probes: [sampleProbe(sampleTarget('m', id))],
      })
      expect(await rowsOf('select id, base_url from providers where slug = $1', [id])).toEqual([
        { id: old?.['id'], base_url: 'http://new' },
      ])
    })
  })

  describe('the catalog', () => {
    test('has the active targets and the models of the providers asked for', async () => {
      const [asked, other] = [fresh('asked'), fresh('other')]
      const providers = [asked, other].map((id) => ({
        id,
        name: id,
        baseUrl: 'http://x',
        logoUrl: null,
        synthetic: false,
      }))
      const parameters = { reasoning: 'default' as const, pin: 'host-a', maxTokens: 64 }
      const target = { provider: asked, model: 'b', parameters, region: 'fra1' }
      const probes = [
        sampleProbe(target),
        sampleProbe(sampleTarget('a', asked), { price: null }),
        sampleProbe(sampleTarget('c', other)),
      ]
      await start({ providers, probes })
      const catalog = await store.readCatalog({ providers: [asked, 'unheard-of'] })
      expect(catalog.targets).toEqual(expect.arrayContaining([target, sampleTarget('a', asked)]))
      expect(catalog.targets).toHaveLength(2)
      const known = { provider: asked, available: null, contextWindow: null }
      expect(catalog.models).toEqual([
        { ...known, model: 'a', price: null },
        { ...known, model: 'b', price: samplePrice },
      ])
    })

    test('leaves out the targets of an ad-hoc run, but keeps one that was active before', async () => {
      const [regular, adhoc] = [fresh('regular'), fresh('adhoc')]
      await start({}, [regular])
      await start({ adhoc: true }, [regular, adhoc])
      const { targets, models } = await store.readCatalog({ providers: ['openai'] })
      expect(targets.map(({ model }) => model)).toContain(regular)
      expect(targets.map(({ model }) => model)).not.toContain(adhoc)
      expect(models.map(({ model }) => model)).toContain(adhoc)
    })

    test('a target called by hand becomes active with the first run that is not; one switched off stays off', async () => {
      const [tried, off] = [fresh('tried'), fresh('off')]
      await start({ adhoc: true }, [tried, off])
      await rowsOf(
        'update targets set active = false where model_id = (select id from models where name = $1) returning id',
        [off],
      )
      await start({}, [tried, off])
      const { targets, paused } = await store.readCatalog({ providers: ['openai'] })
      expect(targets.map(({ model }) => model)).toContain(tried)
      expect(targets.map(({ model }) => model)).not.toContain(off)
      expect(paused).toContainEqual({ provider: 'openai', model: off })
      expect(paused.map(({ model }) => model)).not.toContain(tried)
    })

    test('is empty for no provider', async () => {
      expect(await store.readCatalog({ providers: [] })).toEqual({
        targets: [],
        paused: [],
        models: [],
        pace: [],
      })
    })

    test('gets the price of a plan only where none is in force, or one of source registry', async () => {
      const model = fresh('priced')
      const planned = (more: object) => ({
        probes: [sampleProbe(sampleTarget(model), { price: { ...samplePrice, ...more } })],
      })
      const history = async () =>
        (
          await rowsOf(
            `select input_price_per_m as rate from prices p join models m on m.id = p.model_id
           where m.name = $1 order by p."timestamp"`,
            [model],
          )
        ).map(({ rate }) => rate)
      // A person's price that is not in force has been ended since the plan was made.
      await start(planned({ source: 'manual' }))
      expect(await history()).toEqual([])
      await start(planned({ source: 'registry', inputPerM: 0.1 }))
      await start(planned({}))
      await start(planned({}))
      await start(planned({ inputPerM: 0.2 }))
      expect(await history()).toEqual([0.1, 0.15])
      const { models } = await store.readCatalog({ providers: ['openai'] })
      expect(models.find((known) => known.model === model)?.price).toEqual(samplePrice)
    })
  })

  describe('claiming', () => {
    test('gives the probes as planned, in the order of the plan, then null', async () => {
      const plan = await start()
      const assignments = [await claimed(plan), await claimed(plan), await claimed(plan)]
      expect(assignments.map(({ probe }) => probe)).toEqual(plan.probes)
      expect(assignments.map(({ settings }) => settings)).toEqual(plan.probes.map(() => plan.settings))
      expect(assignments.map(({ claims }) => claims)).toEqual([1, 1, 1])
      expect(await claim(plan)).toBeNull()
    })

    test('gives only probes of the region', async () => {
      const [here, there] = [sampleTarget(fresh()), sampleTarget(fresh())]
      const plan = await start({ probes: [sampleProbe(there, { region: 'fra1' }), sampleProbe(here)] })
      expect((await claimed(plan)).probe.target).toEqual(here)
      expect(await claim(plan)).toBeNull()
      expect((await claim(plan, { region: 'fra1' }))?.probe.target).toEqual(there)
    })

    test('by eight at once gives each probe to one', async () => {
      const plan = await start(
        {},
        Array.from({ length: 8 }, () => fresh()),
      )
      const assignments = await eight(() => claim(plan))
      expect(new Set(assignments.map((assignment) => assignment?.probe.id))).toEqual(
        new Set(plan.probes.map(({ id }) => id)),
      )
    })

    test('takes a probe over when its lease has run out, and counts it', async () => {
      const plan = await start({}, [fresh()])
      const first = await claimed(plan, { leaseMs: 200 })
      expect(await claim(plan)).toBeNull()
      await expect.poll(() => claim(plan)).toMatchObject({ claims: 2, probe: { id: first.probe.id } })
      expect(await claim(plan)).toBeNull()
    })

    test('a lease lasts as long as was asked', async () => {
      const plan = await start()
      const { leaseUntil } = await claimed(plan, { leaseMs: 90_000 })
      expect(Math.abs(leaseUntil.getTime() - Date.now() - 90_000)).toBeLessThan(10_000)
    })

    test('again with the same claim id gives the same probe', async () => {
      const plan = await start()
      const claimId = randomUUID()
      const [first, again] = [await claim(plan, { claimId }), await claim(plan, { claimId })]
      expect(again).toEqual(first)
      expect((await claim(plan, { claimId: randomUUID() }))?.probe.id).toBe(plan.probes[1]?.id)
    })

    test('a closed run has nothing to claim', async () => {
      const plan = await start()
      await store.finishRun({ runId: plan.id, status: 'cancelled' })
      expect(await claim(plan)).toBeNull()
    })
  })

  describe('recording', () => {
    test('keeps every field of the result under its own column', async () => {
      const plan = await start()
      const result = sampleResult(plan, (await claimed(plan)).probe)
      const receipt = await recordResult(store, result)
      expect(receipt).toMatchObject({
        recorded: true,
        id: result.id,
        providerId: expect.any(String),
        modelId: expect.any(String),
      })
      const [row] = await allResults(plan)
      expect(asDates(row)).toEqual({
        ...asDates(toResultRow(result)),
        provider_id: receipt.providerId,
        model_id: receipt.modelId,
        target_id: expect.any(String),
        confirms: null,
        fault_domain_was: null,
        created_at: expect.stringMatching(/^\d{4}-.*\+00:00$/),
        provider_name: 'OpenAI',
      })
      expect(new Date(String(row?.['created_at']))).toEqual(receipt.createdAt)
    })

    test('keeps the timeline', async () => {
      const plan = await start()
      const result = sampleResult(plan, (await claimed(plan)).probe)
      await recordResult(store, result)
      const [row] = await rowsOf(
        `select version, encode(data, 'base64') as data from timelines where result_id = $1`,
        [result.id],
      )
      expect(
        await decodeTimeline({ version: Number(row?.['version']), data: String(row?.['data']) }),
      ).toEqual(sampleTimeline)
    })

    test('twice is once: the second changes nothing', async () => {
      const plan = await start()
      const result = sampleResult(plan, (await claimed(plan)).probe)
      const first = await recordResult(store, result)
      const second = await recordResult(store, { ...result, responseText: 'other', success: false })
      expect(second).toEqual({ ...first, recorded: false })
      expect(await allResults(plan)).toMatchObject([{ response_text: 'Hello.', success: true }])
      expect(await store.finishRun({ runId: plan.id, status: 'finished' })).toMatchObject({
        nSucceeded: 1,
        nFailed: 0,
      })
    })

    test('by eight at once is once', async () => {
      const plan = await start()
      const result = sampleResult(plan, (await claimed(plan)).probe)
      const receipts = await eight(() => recordResult(store, result))
      expect(receipts.filter(({ recorded }) => recorded)).toHaveLength(1)
      expect(new Set(receipts.map(({ createdAt }) => createdAt.getTime())).size).toBe(1)
      expect(await allResults(plan)).toHaveLength(1)
    })

    test('a late result of a worker that lost its lease is the same result', async () => {
      const plan = await start({}, [fresh()])
      const slow = await claimed(plan, { leaseMs: 1 })
      await expect.poll(() => claim(plan)).not.toBeNull()
      await recordResult(store, sampleResult(plan, slow.probe, { responseText: 'quick' }))
      const late = await recordResult(store, sampleResult(plan, slow.probe, { responseText: 'slow' }))
      expect(late.recorded).toBe(false)
      expect(await allResults(plan)).toMatchObject([{ response_text: 'quick' }])
    })

    test('a failure keeps its kind, and unknown tokens and cost stay unknown', async () => {
      const plan = await start()
      await recordResult(store, failedResult(plan, (await claimed(plan)).probe))
      expect(await allResults(plan)).toMatchObject([
        {
          success: false,
          error_kind: 'rate_limited',
          fault_domain: 'account',
          status_code: 429,
          input_tokens: null,
          output_tokens: null,
          cost_usd: null,
          ttft_ms: null,
        },
      ])
    })

    test('text that Postgres cannot hold loses only what it cannot hold', async () => {
      const plan = await start()
      const { probe } = await claimed(plan)
      const hostile = { [`k\0ey`]: ['\uD800x', { deep: 'a\0b' }] }
      await recordResult(
        store,
        sampleResult(plan, probe, {
          responseText: 'a\0b\uD83D\uDE00c\uDE00d\uD83D \'"; drop table runs; -- \\u0000 \\',
          errorMessage: '\0',
          requestId: '\uDFFF',
          serverTimings: hostile,
        }),
      )
      expect(await allResults(plan)).toMatchObject([
        {
          response_text: 'ab\u{1F600}cd \'"; drop table runs; -- \\u0000 \\',
          error_message: '',
          request_id: '',
          server_timings: { key: ['x', { deep: 'ab' }] },
        },
      ])
    })

    test('a megabyte of text comes back as it was', async () => {
      const plan = await start()
      const responseText = 'ä€😀x'.repeat(131_072)
      await recordResult(store, sampleResult(plan, (await claimed(plan)).probe, { responseText }))
      const [row] = await allResults(plan)
      expect(row?.['response_text'] === responseText).toBe(true)
    })

    test('numbers that no column can hold become unknown, and the rest is kept', async () => {
      const plan = await start()
      const { probe } = await claimed(plan)
      await recordResult(
        store,
        sampleResult(plan, probe, {
          inputTokens: 12.5,
          outputTokens: 1e12,
          tps: Number.NaN,
          inputTps: Infinity,
        }),
      )
      expect(await allResults(plan)).toMatchObject([
        { input_tokens: null, output_tokens: null, tps: null, input_tps: null, ttft_ms: 250.5 },
      ])
    })

    test('a result whose provider was deleted meanwhile is kept', async () => {
      const id = fresh('gone')
      const plan = await start({
        providers: [{ id, name: id, baseUrl: 'http://x', logoUrl: null, synthetic: false }],
        probes: [sampleProbe(sampleTarget('m', id))],
      })
      const { probe } = await claimed(plan)
      await opened.sql.query('delete from providers where slug = $1', [id])
      expect(await recordResult(store, sampleResult(plan, probe))).toMatchObject({ recorded: true })
      expect(await allResults(plan)).toMatchObject([
        { provider: id, provider_name: id, probe_id: null, target_id: null },
      ])
    })

    test('a second result for the same probe is refused', async () => {
      const plan = await start()
      const { probe } = await claimed(plan)
      await recordResult(store, sampleResult(plan, probe))
      const error = await failureOf(recordResult(store, sampleResult(plan, probe, { id: randomUUID() })))
      expect(error).toMatchObject({ name: 'StoreError', kind: 'conflict', code: '23505' })
    })

    test('an error kind that the database does not know is refused with the name of the column', async () => {
      const plan = await start()
      const { probe } = await claimed(plan)
      const error = await failureOf(
        recordResult(store, failedResult(plan, probe, { errorKind: 'gremlins' as 'self' })),
      )
      expect(error).toMatchObject({
        kind: 'invalid',
        code: '23514',
        message: expect.stringContaining('error_kind'),
      })
    })
  })

  describe('closing', () => {
    test('skips what is still planned, and leaves the probe in hand alone', async () => {
      const plan = await start()
      const { probe } = await claimed(plan)
      expect(await store.skipProbes({ runId: plan.id, reason: 'interrupted' })).toEqual({ skipped: 2 })
      expect(await store.skipProbes({ runId: plan.id, reason: 'again' })).toEqual({ skipped: 0 })
      expect(await claim(plan)).toBeNull()
      await recordResult(store, sampleResult(plan, probe))
      expect(
        await rowsOf('select status, skip_reason from probes where run_id = $1 order by ordinal', [plan.id]),
      ).toEqual([
        { status: 'done', skip_reason: null },
        { status: 'skipped', skip_reason: 'interrupted' },
        { status: 'skipped', skip_reason: 'interrupted' },
      ])
    })

    test('counts the run, and a second time changes nothing', async () => {
      const plan = await start()
      await recordResult(store, sampleResult(plan, (await claimed(plan)).probe))
      await recordResult(store, failedResult(plan, (await claimed(plan)).probe))
      await store.skipProbes({ runId: plan.id, reason: 'out of time' })
      const run = await store.finishRun({ runId: plan.id, status: 'finished' })
      expect(run).toMatchObject({ status: 'finished', nProbes: 3, nSucceeded: 1, nFailed: 1, nSkipped: 1 })
      expect(run.finishedAt).toBeInstanceOf(Date)
      expect(await store.finishRun({ runId: plan.id, status: 'abandoned' })).toEqual(run)
    })

    test('a result that comes after the end is counted', async () => {
      const plan = await start({}, [fresh()])
      const { probe } = await claimed(plan)
      expect(await store.finishRun({ runId: plan.id, status: 'cancelled' })).toMatchObject({ nSucceeded: 0 })
      await recordResult(store, sampleResult(plan, probe))
      expect(await store.finishRun({ runId: plan.id, status: 'finished' })).toMatchObject({
        status: 'cancelled',
        nSucceeded: 1,
      })
    })
  })

  describe('listing results', () => {
    test('pages through all of them, oldest first', async () => {
      const plan = await start(
        {},
        Array.from({ length: 5 }, () => fresh()),
      )
      const recorded: string[] = []
      for (const probe of plan.probes) {
        await recordResult(store, sampleResult(plan, probe, { startedAt: new Date() }))
        recorded.push(probe.resultId)
      }
      const pages: string[][] = []
      let after: string | null = null
      do {
        const page = await store.listResults({ runId: plan.id, after, limit: 2 })
        pages.push(page.rows.map(({ id }) => id))
        after = page.next
      } while (after !== null)
      expect(pages.map((page) => page.length)).toEqual([2, 2, 1])
      expect(pages.flat()).toEqual(recorded)
    })

    test('a page that holds all of them is the last', async () => {
      const plan = await start({}, [fresh()])
      await recordResult(store, sampleResult(plan, (await claimed(plan)).probe))
      expect(await store.listResults({ runId: plan.id, after: null, limit: 1 })).toMatchObject({
        rows: [{}],
        next: null,
      })
    })

    test('of a run without any is an empty page', async () => {
      const plan = await start()
      expect(await store.listResults({ runId: plan.id, after: null, limit: 10 })).toMatchObject({
        rows: [],
        next: null,
      })
    })

    test('of all runs has what was recorded in the range, its beginning and not its end', async () => {
      const { ids, plan, range } = await recordedApart(2)
      const [first, second] = [60_000, 120_000].map((ms) => new Date(range.since.getTime() + ms))
      const other = await start()
      const found = async (more: object) => {
        const { rows } = await store.listResults({ ...range, ...more })
        return rows.map(({ id }) => id)
      }
      await opened.sql.query('update benchmark_results set created_at = $1 where id = $2', [
        second?.toISOString(),
        ids[1],
      ])
      expect(await found({})).toEqual(ids)
      expect(await found({ runId: null })).toEqual(ids)
      expect(await found({ since: first })).toEqual(ids)
      expect(await found({ until: second })).toEqual(ids.slice(0, 1))
      expect(await found({ since: second, runId: plan.id })).toEqual(ids.slice(1))
      expect(await found({ runId: other.id })).toEqual([])
      expect(await found({ since: null, until: null, limit: 1 })).toHaveLength(1)
    })

    test('the columns come in the order of the table, also of an empty page', async () => {
      const { range } = await recordedApart(1)
      const page = await store.listResults(range)
      const table = await rowsOf(`select column_name as name from information_schema.columns
        where table_schema = 'public' and table_name = 'benchmark_results' order by ordinal_position`)
      expect(page.columns).toEqual([...table.map(({ name }) => name), 'provider_name'])
      expect(page.columns.toSorted()).toEqual(Object.keys(page.rows[0] ?? {}).toSorted())
      const nothing = await store.listResults({ ...range, until: range.since })
      expect(nothing).toEqual({ rows: [], next: null, columns: page.columns })
    })

    test.each([['of all runs'], ['of one']])(
      'pages %s go on where the last ended, whatever became of its last row',
      async (which) => {
        const { ids, plan, range } = await recordedApart(5)
        const asked = { ...range, runId: which === 'of one' ? plan.id : null, limit: 2 }
        const first = await store.listResults(asked)
        await opened.sql.query('delete from benchmark_results where id = $1', [first.rows[1]?.id])
        const second = await store.listResults({ ...asked, after: first.next })
        expect([...first.rows, ...second.rows].map(({ id }) => id)).toEqual(ids.slice(0, 4))
        // Its last row has moved.
        await opened.sql.query(
          `update benchmark_results set created_at = created_at - interval '1 second' where id = $1`,
          [ids[3]],
        )
        const last = await store.listResults({ ...asked, after: second.next })
        expect(last).toMatchObject({ rows: [{ id: ids[4] }], next: null })
      },
    )

    test('goes on after the id of a row, while there is one', async () => {
      const { ids, plan, range } = await recordedApart(3)
      const { rows } = await store.listResults({ ...range, after: ids[1] ?? null })
      expect(rows).toMatchObject([{ id: ids[2] }])
      const error = await failureOf(store.listResults({ runId: plan.id, after: randomUUID(), limit: 10 }))
      expect(error).toMatchObject({ kind: 'invalid', message: expect.stringContaining('first page') })
    })

    test.each(['x', 'x/y', '2026-11-26/', '/'])('after %s is refused', async (after) => {
      expect(await failureOf(store.listResults({ after, limit: 1 }))).toMatchObject({ kind: 'invalid' })
    })
  })

  describe('deriving again', () => {
    const recorded = async (count: number) => {
      const { range, ...rest } = await recordedApart(count)
      return { ...rest, range: { ...range, formulaVersion: null } }
    }
    const metrics = deriveMetrics(sampleTimeline, {
      input: 520,
      output: 109,
      reasoning: 12,
      cached: 0,
      source: 'usage',
    })

    test('a result comes with its timeline, its tokens and the metrics it has', async () => {
      const { ids, plan, range } = await recorded(1)
      const { rows, next } = await store.listTimelines(range)
      expect(rows).toEqual([
        {
          id: ids[0],
          createdAt: new Date(range.since.getTime() + 60_000),
          provider: 'openai',
          model: plan.probes[0]?.target.model,
          formulaVersion,
          usage: { input: 520, output: 109, reasoning: 12, cached: 0, source: 'usage' },
          metrics: expect.objectContaining({
            ttftMs: 250.5,
            tps: 30.5,
            stallCount: 1,
            totalLatencyMs: 900.001,
          }),
          timeline: { version: 2, data: expect.any(String) },
        },
      ])
      expect(next).toBeNull()
      const [row] = rows
      expect(await decodeTimeline(row?.timeline ?? { version: 0, data: '' })).toEqual(sampleTimeline)
      expect(Object.keys(row?.metrics ?? {}).toSorted()).toEqual(Object.keys(metrics).toSorted())
    })

    test('pages go on where the last ended, also among results of one moment', async () => {
      const { ids, range } = await recorded(5)
      const pages: string[][] = []
      let after: string | null = null
      do {
        const page = await store.listTimelines({ ...range, after, limit: 2 })
        pages.push(page.rows.map(({ id }) => id))
        after = page.next
      } while (after !== null)
      expect(pages.map((page) => page.length)).toEqual([2, 2, 1])
      expect(pages.flat()).toEqual(ids)
    })

    test('the range has its beginning and not its end, and a version can be left out', async () => {
      const { ids, range } = await recorded(1)
      const at = new Date(range.since.getTime() + 60_000)
      const found = async (more: object) => {
        const { rows } = await store.listTimelines({ ...range, ...more })
        return rows.map(({ id }) => id)
      }
      expect(await found({ since: at })).toEqual(ids)
      expect(await found({ until: at })).toEqual([])
      expect(await found({ formulaVersion })).toEqual([])
      expect(await found({ formulaVersion: formulaVersion + 1 })).toEqual(ids)
      expect((await store.listTimelines({ ...range, since: null, until: null, limit: 1 })).rows).toHaveLength(
        1,
      )
    })

    test('a result without a timeline is listed without', async () => {
      const { ids, range } = await recorded(1)
      await opened.sql.query('delete from timelines where result_id = $1', [ids[0]])
      expect((await store.listTimelines(range)).rows).toMatchObject([{ id: ids[0], timeline: null }])
    })

    test('after a result that there is not is refused', async () => {
      const { range } = await recorded(1)
      const error = await failureOf(store.listTimelines({ ...range, after: randomUUID() }))
      expect(error).toMatchObject({ kind: 'invalid', message: expect.stringContaining('first page') })
    })

    test('new metrics replace the old ones, and nothing else; a second time changes nothing', async () => {
      const { ids, plan, range } = await recorded(2)
      const [id = '', other = ''] = ids
      const before = await allResults(plan)
      const input = { formulaVersion: 7, results: [{ id, metrics }] }
      expect(await store.rederiveResults(input)).toEqual({ updated: 1 })
      expect(await store.rederiveResults(input)).toEqual({ updated: 0 })
      const { rows } = await store.listTimelines(range)
      expect(rows.find((row) => row.id === id)).toMatchObject({ formulaVersion: 7, metrics })
      expect(rows.find((row) => row.id === other)).toMatchObject({
        formulaVersion,
        metrics: { tps: 30.5 },
      })
      const kept = (row: StoredResult) => [row.id, row['response_text'], row['cost_usd'], row['created_at']]
      expect((await allResults(plan)).map(kept)).toEqual(before.map(kept))
    })

    test('a result without a timeline keeps its metrics', async () => {
      const { ids, range } = await recorded(1)
      await opened.sql.query('delete from timelines where result_id = $1', [ids[0]])
      const input = { formulaVersion: 7, results: [{ id: ids[0] ?? '', metrics }] }
      expect(await store.rederiveResults(input)).toEqual({ updated: 0 })
      expect((await store.listTimelines(range)).rows).toMatchObject([{ metrics: { tps: 30.5 } }])
    })

    test('nothing to write is no error', async () => {
      expect(await store.rederiveResults({ formulaVersion: 7, results: [] })).toEqual({ updated: 0 })
    })
  })

  describe('a run that does not exist', () => {
    const runId = randomUUID()
    const plan = samplePlan(['m'], { id: runId })
    test.each([
      ['claimProbe', () => claim(plan)],
      ['recordResult', () => recordResult(store, sampleResult(plan, sampleProbe(sampleTarget('m'))))],
      ['skipProbes', () => store.skipProbes({ runId, reason: 'x' })],
      ['finishRun', () => store.finishRun({ runId, status: 'finished' })],
      ['listResults', () => store.listResults({ runId, after: null, limit: 1 })],
    ])('%s says so', async (_, call) => {
      const error = await failureOf(call())
      expect(error).toBeInstanceOf(StoreError)
      expect(error).toMatchObject({
        kind: 'missing',
        code: 'P0002',
        message: expect.stringContaining(`there is no run ${runId}`),
      })
      expect(String(error)).not.toContain('migrate')
    })
  })

  test('an id that is none is refused as invalid', async () => {
    const error = await failureOf(store.finishRun({ runId: "x'; drop table runs", status: 'finished' }))
    expect(error).toMatchObject({ kind: 'invalid', code: '22P02' })
  })
})
