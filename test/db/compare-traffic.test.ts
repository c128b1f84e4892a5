import { expect, describe, test } from 'vitest'
import type { ProxyRecord } from '../../src/core/proxy-record.ts'
import type { Result } from '../../src/core/result.ts'
import { contractStore, fresh } from '../support/contract-store.ts'
import { clientLeft, providerFailed, sampleRecord } from '../support/proxy-records.ts'
import { recordResult } from '../support/record-result.ts'
import { sampleResult, sampleTarget, sampleProbe, samplePlan } from '../support/samples.ts'
import { transport } from '../support/transports.ts'

// The traffic of a model beside its probes; every expected value is worked out by hand.

const minute = 60_000
const hour = new Date('2026-11-20T10:00:00Z')
const at = (minutes: number) => new Date(hour.getTime() + minutes * minute)

/** Samples in short, with too few of them for the percentiles above the median. */
const few = (n: number, p50: number | null) => ({ n, p50, p90: null, p95: null, p99: null })

describe.each(transport('Postgres 17'))('traffic beside probes over $name', ({ open }) => {
  const { store, rowsOf } = contractStore(open)

  /** Records probes of a model, a quarter of an hour after ten. */
  const probed = async (model: string, results: Partial<Result>[]) => {
    const plan = {
      ...samplePlan([]),
      probes: results.map((_, n) => sampleProbe(sampleTarget(model), { iteration: n + 1 })),
    }
    await store.startRun(plan, 'local')
    for (const [n, more] of results.entries()) {
      const probe = plan.probes[n]
      if (probe !== undefined) await recordResult(store, sampleResult(plan, probe, more))
    }
    await rowsOf('update benchmark_results set created_at = $1 where run_id = $2', [
      at(15).toISOString(),
      plan.id,
    ])
  }
  const pass = (model: string, rows: Partial<ProxyRecord>[]) =>
    store.recordProxyRequests({ rows: rows.map((row) => sampleRecord({ modelAsked: model, ...row })) })
  const compare = (model: string, more: { since?: Date; until?: Date } = {}) =>
    store.compareTraffic({ provider: 'openai', model, since: hour, until: at(60), ...more })

  const failed = { ...providerFailed, overheadBeforeMs: null, overheadFirstMs: null, totalLatencyMs: 5 }
  const left = { ...clientLeft, ttftMs: null, overheadBeforeMs: null, overheadFirstMs: null }

  test('each is counted in what is its own', async () => {
    const model = fresh()
    await pass(model, [
      // 200 uncached input tokens: of the class from 0 on; minute 0.
      { receivedAt: at(0), ttftMs: 100, inputTokens: 500, cachedTokens: 300, overheadBeforeMs: 1 },
      { receivedAt: at(0.5), ttftMs: 400, inputTokens: 200, overheadBeforeMs: 2 },
      // 1,200 of them: of the class from 1,024 on; minute 30.
      { receivedAt: at(30), ttftMs: 200, inputTokens: 1300, cachedTokens: 100, overheadBeforeMs: 3 },
      { receivedAt: at(30), ttftMs: 600, inputTokens: 1200, overheadBeforeMs: 4 },
      { receivedAt: at(59), ...failed },
      { receivedAt: at(59), ...left },
      // Of neither this time, nor this model.
      { receivedAt: at(-1), ttftMs: 9000 },
      { receivedAt: at(61), ttftMs: 9000 },
      { receivedAt: at(30), ttftMs: 9000, modelAsked: fresh() },
      { receivedAt: at(30), ttftMs: 9000, provider: 'groq' },
    ])
    await probed(model, [
      { ttftMs: 160, totalLatencyMs: 3000 },
      { ttftMs: 110, totalLatencyMs: 1000 },
      { ttftMs: 120, totalLatencyMs: 2500 },
    ])
    const seen = await compare(model)
    expect(Date.parse(seen.last_at ?? '')).toBe(at(61).getTime())
    expect(seen).toMatchObject({ provider: 'openai', model, n_texts: 0 })
    expect(seen.traffic).toMatchObject({
      n: 6,
      ok: 4,
      client_left: 1,
      failed: { provider: 1, account: 0, config: 0, excluded: 0, self: 0 },
      // 500 + 200 + 1,300 + 1,200, of which 300 and 100 were cached.
      input_tokens: 3200,
      cached_tokens: 400,
      output_tokens: 200,
      cost_usd: 0.0004,
      // The mean of 1, 2, 3 and 4.
      overhead_before_ms: 2.5,
      overhead_first_ms: 0.125,
      // 100, 200, 400, 600.
      ttft: few(4, 300),
    })
    expect(seen.input_sizes).toEqual([
      { input_size: 0, ttft: few(2, 250) },
      { input_size: 1024, ttft: few(2, 400) },
    ])
    // An hour in 48 steps of 75 s: minute 30 begins the 25th, minute 59 is in the 48th.
    const n = Array.from({ length: 48 }, (_, step) => ({ 0: 2, 24: 2, 47: 2 })[step] ?? 0)
    expect(seen.steps).toEqual({
      step_s: 75,
      n,
      ttft_p50: n.map((_, step) => ({ 0: 250, 24: 400 })[step] ?? null),
    })
    expect(seen.probes).toEqual([
      { region: 'local', series: 'series-1', ttft: few(3, 120), latency: few(3, 2500) },
    ])
  })

  test('percentiles are there from as many samples on as they need', async () => {
    const model = fresh()
    // 10, 20, ... 590: the middle is the 30th; the 95th percentile is at 0.95 x 58 = 55.1 steps above the first.
    const ttfts = Array.from({ length: 59 }, (_, n) => 10 * (n + 1))
    await pass(
      model,
      ttfts.map((ttftMs, n) => ({ ttftMs, receivedAt: at(n) })),
    )
    const { traffic } = await compare(model)
    // Above 99 ms they are whole ones: 561, and 10 + 0.9 x 580 = 532.
    expect(traffic.ttft).toEqual({ n: 59, p50: 300, p90: 532, p95: 561, p99: null })
  })

  test('a target is its model, in the whole hours of the time that is asked for', async () => {
    const model = fresh()
    await pass(model, [
      { receivedAt: at(1), ttftMs: 100 },
      { receivedAt: at(119), ttftMs: 300 },
      { receivedAt: at(120), ttftMs: 9000 },
    ])
    await probed(model, [{ ttftMs: 150, totalLatencyMs: 900 }])
    const [row] = await rowsOf(
      'select t.id from targets t join models m on m.id = t.model_id where m.name = $1',
      [model],
    )
    const targetId = String(row?.['id'])
    const seen = await store.compareTraffic({ targetId, since: at(14), until: at(61) })
    expect([seen.since, seen.until].map((each) => Date.parse(each))).toEqual([
      hour.getTime(),
      at(120).getTime(),
    ])
    expect(seen).toMatchObject({ provider: 'openai', model, traffic: { n: 2, ttft: few(2, 200) } })
    expect(seen.steps.step_s).toBe(150)
    expect(seen.probes).toMatchObject([{ ttft: few(1, 150), latency: few(1, 900) }])
  })

  test('a model without traffic has its probes all the same, and one without probes its traffic', async () => {
    const [quiet, unprobed] = [fresh(), fresh()]
    await probed(quiet, [{ ttftMs: 150, totalLatencyMs: 900 }])
    await pass(unprobed, [{ receivedAt: at(5), ttftMs: 250 }])
    const [one, other] = [await compare(quiet), await compare(unprobed)]
    expect(one).toMatchObject({ last_at: null, traffic: { n: 0, ttft: few(0, null) }, input_sizes: [] })
    expect(one.steps.n).toEqual(Array.from({ length: 48 }, () => 0))
    expect(one.probes).toHaveLength(1)
    expect(other).toMatchObject({ traffic: { n: 1, ttft: few(1, 250) }, probes: [] })
  })
})
