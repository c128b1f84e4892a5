import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Price } from '../../src/core/price.ts'
import { StoreError } from '../../src/store/store.ts'
import { contractStore, eight, failureOf, fresh } from '../support/contract-store.ts'
import { samplePlan, samplePrice, sampleProbe, sampleTarget } from '../support/samples.ts'
import { transports } from '../support/transports.ts'

describe.each(transports)('starting and claiming over $name', ({ open }) => {
  const { store, rowsOf, start, claim, claimed } = contractStore(open)

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

    test('keeps what a probe is for, and skips those that the plan skips with its reason', async () => {
      const probes = [
        sampleProbe(sampleTarget(fresh()), { contextTokens: 100_000, skipReason: 'too large' }),
        sampleProbe(sampleTarget(fresh()), { warmup: true, contextTokens: 2000 }),
      ]
      const plan = await start({ probes }, [])
      expect(await claim(plan)).toMatchObject({ probe: probes[1], ownLoad: false })
      expect(await claim(plan)).toBeNull()
      expect(
        await rowsOf('select status, skip_reason from probes where run_id = $1 order by ordinal', [plan.id]),
      ).toEqual([
        { status: 'skipped', skip_reason: 'too large' },
        { status: 'claimed', skip_reason: null },
      ])
      expect(await store.finishRun({ runId: plan.id, status: 'finished', owner: 'worker' })).toMatchObject({
        nSkipped: 1,
        skipReasons: { 'too large': 1 },
      })
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
      const always = {
        id: expect.any(String) as string,
        everyMinutes: null,
        lastSlot: null,
        thinnedMinutes: null,
        typicalUsd: null,
      }
      const targets = [target, sampleTarget('a', asked)].map((each) => ({ ...each, ...always }))
      expect(catalog.targets).toEqual(expect.arrayContaining(targets))
      expect(catalog.targets).toHaveLength(2)
      const known = { provider: asked, available: null, contextWindow: null }
      expect(catalog.models).toEqual([
        { ...known, model: 'a', price: null },
        { ...known, model: 'b', price: samplePrice },
      ])
    })

    test('omits the targets of an ad-hoc run, but keeps one that was active before', async () => {
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
        regions: [],
        lanes: [],
      })
    })

    test('takes the price of a plan only if none is in force, or one of source registry', async () => {
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

    test('takes over a probe whose lease has expired, and counts it', async () => {
      const plan = await start({}, [fresh()])
      const first = await claimed(plan)
      expect(await claim(plan)).toBeNull()
      await rowsOf(`update probes set lease_until = now() - interval '1 ms' where id = $1`, [first.probe.id])
      expect(await claim(plan)).toMatchObject({ claims: 2, probe: { id: first.probe.id } })
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
})
