import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Plan } from '../../src/core/plan.ts'
import type { Result } from '../../src/core/result.ts'
import { decodeTimeline } from '../../src/store/timeline.ts'
import { contractStore, failureOf, fresh } from '../support/contract-store.ts'
import { recordResult } from '../support/record-result.ts'
import { failedResult, sampleProbe, sampleResult, sampleTarget, sampleTimeline } from '../support/samples.ts'
import { transports } from '../support/transports.ts'

describe.each(transports)('reading runs and results over $name', ({ open }) => {
  const { store, sql, rowsOf, start } = contractStore(open)

  /** A finished run: three answers of one model (TTFT 100, 200 and 400 ms) and a failure of another. */
  const made = async (more: Partial<Plan> = {}) => {
    const [steady, failing] = [fresh('steady'), fresh('failing')]
    const probes = [
      ...[1, 2, 3].map((iteration) => sampleProbe(sampleTarget(steady), { iteration })),
      sampleProbe(sampleTarget(failing)),
      sampleProbe(sampleTarget(failing), { iteration: 2 }),
    ]
    const plan = await start({ probes, ...more }, [])
    const values: Partial<Result>[] = [
      { ttftMs: 100, tps: 10, totalLatencyMs: 1000, costUsd: 0.5 },
      { ttftMs: 200, tps: 20, totalLatencyMs: 2000, costUsd: 0.25 },
      { ttftMs: 400, tps: 60, totalLatencyMs: 3000, costUsd: null },
    ]
    for (const [at, probe] of probes.slice(0, 4).entries()) {
      await store.claimProbe({ runId: plan.id, owner: 'w', leaseMs: 60_000, region: 'local' })
      const outcome = at < 3 ? sampleResult : failedResult
      await recordResult(store, outcome(plan, probe, { startedAt: new Date(), ...values[at] }))
    }
    await store.skipProbes({ runId: plan.id, reason: 'budget' })
    await store.finishRun({ runId: plan.id, status: 'finished' })
    return { plan, steady, failing, ids: probes.slice(0, 4).map(({ resultId }) => resultId) }
  }

  const texts = ['Say hello.', 'Hello.']
  const holdsText = (answer: unknown) => texts.filter((text) => JSON.stringify(answer).includes(text))

  test('one run has its settings, a summary by target and its probes in order', async () => {
    const { plan, steady, failing, ids } = await made()
    const { run, settings, targets, probes } = await store.readRun({ id: plan.id })
    expect(run).toMatchObject({
      id: plan.id,
      n_succeeded: 3,
      n_failed: 1,
      n_skipped: 1,
      skip_reasons: { budget: 1 },
    })
    expect(settings).toMatchObject({ max_tokens: 256, temperature: 0.7 })
    expect(targets).toMatchObject([
      {
        provider: 'openai',
        model: steady,
        n: 3,
        n_ok: 3,
        n_failed: 0,
        error_kinds: {},
        skip_reasons: {},
        cost_usd: 0.75,
        n_cost_unknown: 1,
        input_tokens: 1560,
        output_tokens: 327,
        // Interpolated: 200 + 0.9 * 200, 200 + 0.98 * 200.
        ttft_ms: { n: 3, min: 100, mean: 700 / 3, p50: 200, p95: 380, p99: 396, max: 400 },
        tps: { n: 3, p50: 20 },
        total_latency_ms: { n: 3, mean: 2000 },
      },
      {
        model: failing,
        n: 2,
        n_ok: 0,
        n_failed: 1,
        n_skipped: 1,
        ttft_ms: null,
        error_kinds: { rate_limited: 1 },
        skip_reasons: { budget: 1 },
      },
    ])
    expect(probes.rows.map(({ ordinal, result_id, status }) => [ordinal, result_id, status])).toEqual([
      ...ids.map((id, at) => [at + 1, id, at < 3 ? 'done' : 'failed']),
      [5, null, 'skipped'],
    ])
  })

  test('probes come page by page', async () => {
    const { plan } = await made()
    const pages: (number | null)[][] = []
    for (let after: number | null = 0; after !== null;) {
      const { probes } = await store.readRun({ id: plan.id, after, limit: 2 })
      pages.push(probes.rows.map(({ ordinal }) => ordinal))
      after = probes.next
    }
    expect(pages).toEqual([[1, 2], [3, 4], [5]])
  })

  test('a page of long answers has fewer probes, and at least one', async () => {
    const { plan } = await made()
    const lengths = [1_900_000, 2_000_000, 3_000_000]
    for (const [at, length] of lengths.entries())
      await sql.exec(
        `update public.benchmark_results set response_text = repeat('x', ${length})
           where run_id = '${plan.id}' and iteration = ${at + 1} and success`,
      )
    const pages: (number | null)[][] = []
    for (let after: number | null = 0; after !== null;) {
      const { probes } = await store.readRun({ id: plan.id, after, limit: 500, withTexts: true })
      pages.push(probes.rows.map(({ ordinal }) => ordinal))
      after = probes.next
    }
    expect(pages).toEqual([
      [1, 2],
      [3, 4, 5],
    ])
    expect((await store.readRun({ id: plan.id })).probes).toMatchObject({ rows: { length: 5 }, next: null })
    await store.deleteRun({ id: plan.id })
  })

  test('texts come only if they are asked for', async () => {
    const { plan, ids } = await made()
    const [id = ''] = ids
    const asked = async (withTexts: boolean) => [
      ...holdsText(await store.readRun({ id: plan.id, withTexts })),
      ...holdsText(await store.readHistory({ id: plan.id, withTexts })),
      ...holdsText(await store.readResult({ id, withTexts })),
      ...holdsText(await store.listResults({ runId: plan.id, after: null, limit: 9, withTexts })),
    ]
    expect(await asked(false)).toEqual([])
    expect(await asked(true)).toEqual([...texts, ...texts, 'Hello.', 'Hello.'])
    const without = await store.listResults({ runId: plan.id, after: null, limit: 1, withTexts: false })
    expect(without.columns).not.toContain('response_text')
    expect(Object.keys(without.rows[0] ?? {}).toSorted()).toEqual(without.columns.toSorted())
    expect(
      holdsText([await store.listRuns({}), await store.listHistory({}), await store.readNow({})]),
    ).toEqual([])
  })

  test('one result comes with its run and, if asked, its timeline', async () => {
    const { plan, ids } = await made()
    const [id = ''] = ids
    const plain = await store.readResult({ id })
    expect(plain).toMatchObject({
      result: { id, ttft_ms: 100, provider_name: 'OpenAI', rechecked_by: null },
      run: { id: plan.id },
      timeline: null,
    })
    const { timeline } = await store.readResult({ id, withTimeline: true })
    expect(await decodeTimeline(timeline ?? { version: 0, data: '' })).toEqual(sampleTimeline)
  })

  test('runs are found by each filter, alone and together, newest first and page by page', async () => {
    const provider = 'openai'
    const first = await made({ mode: 'single' })
    const second = await made({ trigger: 'cron' })
    const both = [second.plan.id, first.plan.id]
    const found = async (input: Parameters<typeof store.listRuns>[0]) =>
      (await store.listRuns(input)).rows.map(({ id }) => id).filter((id) => both.includes(id))
    expect(await found({})).toEqual(both)
    expect(await found({ provider, status: 'finished', synthetic: false })).toEqual(both)
    expect(await found({ model: first.steady })).toEqual([first.plan.id])
    expect(await found({ model: first.steady, provider: 'nobody' })).toEqual([])
    expect(await found({ mode: 'single' })).toEqual([first.plan.id])
    expect(await found({ trigger: 'cron', provider })).toEqual([second.plan.id])
    expect(await found({ status: 'running' })).toEqual([])
    expect(await found({ synthetic: true })).toEqual([])
    const word = first.failing.slice(3).toUpperCase()
    expect(await found({ q: `  ${word} openai\tFINISHED rate_limited ` })).toEqual([first.plan.id])
    expect(await found({ q: `${word} timeout` })).toEqual([])
    expect(await found({ q: 'cron', model: second.steady })).toEqual([second.plan.id])
    expect(await found({ q: `${second.plan.id.slice(0, 20)} 100%_` })).toEqual([])
    expect(await found({ q: second.plan.id.slice(0, 20) })).toEqual([second.plan.id])
    const [row] = (await store.listRuns({ model: first.steady })).rows
    expect(row).toMatchObject({ providers: ['openai'], models: [first.failing, first.steady] })
    const at = new Date(row?.started_at ?? '')
    expect(await found({ since: at, mode: 'single' })).toEqual([first.plan.id])
    expect(await found({ until: at, mode: 'single' })).toEqual([])
    const seen: string[] = []
    for (let after: string | null = null, more = true; more; more = after !== null) {
      const page = await store.listRuns({ after, limit: 1 })
      seen.push(...page.rows.map(({ id }) => id))
      after = page.next
    }
    expect(seen).toEqual(
      (await rowsOf('select id from runs order by started_at desc, id desc')).map(({ id }) => id),
    )
  })

  test('a run is a suite, whose ttfb is the time to the first token', async () => {
    const { plan, steady } = await made()
    const expected = {
      id: plan.id,
      mode: 'multi',
      provider_id: 'openai',
      model: 'multi',
      num_runs: 3,
      concurrency: 1,
      max_tokens: 256,
      temperature: 0.7,
      status: 'completed',
      error_count: 1,
      avg_ttfb_ms: expect.closeTo(700 / 3, 9),
      p50_ttfb_ms: 200,
      p95_ttfb_ms: expect.closeTo(380, 9),
      p99_ttfb_ms: 396,
      avg_tps: 30,
      avg_latency_ms: 2000,
      total_input_tokens: 1560,
      total_output_tokens: 327,
    }
    const listed = await store.listHistory({ model: steady })
    expect(listed).toMatchObject({ rows: [expected], next: null })
    const whole = await store.readHistory({ id: plan.id })
    expect(whole).toMatchObject(expected)
    expect(whole.runs.map((run) => [run.run_number, run.status, run.ttfb_ms, run.tokens_per_second])).toEqual(
      [
        [1, 'success', 100, 10],
        [2, 'success', 200, 20],
        [3, 'success', 400, 60],
        [4, 'error', null, null],
      ],
    )
    const { rows } = await store.listHistory({ limit: 1, offset: 1 })
    const all = await store.listHistory({ limit: 200 })
    expect(rows.map(({ id }) => id)).toEqual([all.rows[1]?.id])
    expect(all.rows.map(({ id }) => id)).toContain(plan.id)
    const ofMany = await store.listHistory({ model: 'multi', mode: 'multi', status: 'completed' })
    expect(ofMany.rows.map(({ id }) => id)).toContain(plan.id)
    expect((await store.listHistory({ providerId: 'multi' })).rows).toEqual([])
  })

  test('results are found by each filter, alone and together', async () => {
    const { ids, steady, failing, plan } = await made({ mode: 'single' })
    const answers = ids.slice(0, 3)
    const failure = ids.slice(3)
    const found = async (input: object) => {
      const { rows } = await store.listResults({ after: null, limit: 1000, ...input })
      return rows.map(({ id }) => id).filter((id) => ids.includes(id))
    }
    expect(await found({ provider: 'openai' })).toEqual(ids)
    expect(await found({ model: steady })).toEqual(answers)
    expect(await found({ model: steady, provider: 'nobody' })).toEqual([])
    expect(await found({ model: failing, success: true })).toEqual([])
    expect(await found({ success: false, runId: plan.id })).toEqual(failure)
    expect(await found({ success: true, mode: 'single' })).toEqual(answers)
    expect(await found({ errorKind: 'rate_limited' })).toEqual(failure)
    expect(await found({ errorKind: 'rate_limited', success: true })).toEqual([])
    expect(await found({ errorKind: 'auth', provider: 'openai' })).toEqual([])
    expect(await found({ mode: 'single', model: steady })).toEqual(answers)
    expect(await found({ mode: 'scheduled' })).toEqual([])
    expect(await found({ synthetic: true, provider: 'openai' })).toEqual([])
    const first = await store.listResults({ model: steady, after: null, limit: 2 })
    expect(await found({ model: steady, after: first.next })).toEqual(answers.slice(2))
  })

  test('synthetic results are told apart everywhere, and in no total beside real ones', async () => {
    const { steady: model, plan } = await made({ synthetic: true })
    const wanted = [undefined, false, true]
    const runs = await Promise.all(
      wanted.map((synthetic) => store.listRuns({ model, synthetic: synthetic ?? null })),
    )
    expect(runs.map(({ rows }) => rows.length)).toEqual([1, 0, 1])
    const errors = await Promise.all(
      wanted.map((synthetic) => store.listErrors({ model, synthetic: synthetic ?? null })),
    )
    expect(errors.map(({ n_calls }) => n_calls)).toEqual([0, 0, 3])
    const costs = await Promise.all(
      wanted.map((synthetic) => store.listCosts({ model, synthetic: synthetic ?? null })),
    )
    expect(costs.map(({ total_usd, rows }) => [total_usd, rows.map((row) => row.synthetic)])).toEqual([
      [0, [true]],
      [0, []],
      [0.75, [true]],
    ])
    const uptimes = await store.listUptime({ model })
    const { lines } = await store.listSeries({ model })
    const { rows: suites } = await store.listHistory({ model })
    expect([...uptimes.rows, ...lines, ...suites].map(({ synthetic }) => synthetic)).toEqual([
      true,
      true,
      true,
    ])
    expect((await store.readRun({ id: plan.id })).run.synthetic).toBe(true)
  })

  test('a closed run is deleted with all it has, and its rollups follow', async () => {
    const { plan, steady } = await made()
    const rolledUp = () =>
      rowsOf(
        'select sum(h.n_calls)::int as n from rollups_hourly h join tracks k on k.id = h.track_id where k.model = $1',
        [steady],
      )
    expect(await rolledUp()).toEqual([{ n: 3 }])
    expect(await store.deleteRun({ id: plan.id })).toEqual({
      id: plan.id,
      n_probes: 5,
      n_results: 4,
      n_timelines: 4,
    })
    expect(await rolledUp()).toEqual([{ n: null }])
    expect(await rowsOf('select from benchmark_results where run_id = $1', [plan.id])).toEqual([])
    expect(await failureOf(store.readRun({ id: plan.id }))).toMatchObject({ kind: 'missing', code: 'P0002' })
  })

  test('a run that is not closed is not deleted', async () => {
    const plan = await start()
    const error = await failureOf(store.deleteRun({ id: plan.id }))
    expect(error).toMatchObject({ kind: 'conflict', message: expect.stringContaining('cancel it') })
    expect((await store.readRun({ id: plan.id })).run.status).toBe('running')
  })

  test('prompts of one’s own are saved, replaced, listed and deleted', async () => {
    const name = fresh('prompt')
    const prompt = { name, category: 'qa', text: 'What is time?' }
    expect(await store.savePrompt(prompt)).toMatchObject({ created: true })
    expect(await store.savePrompt({ ...prompt, category: 'code' })).toMatchObject({ created: false })
    const mine = async (withTexts: boolean) =>
      (await store.listPrompts({ withTexts })).rows.filter((row) => row.name === name)
    expect(await mine(true)).toMatchObject([{ ...prompt, category: 'code', n_characters: 13 }])
    expect(await mine(false)).not.toMatchObject([{ text: expect.anything() }])
    expect(await store.deletePrompt({ name })).toEqual({ deleted: true })
    expect(await store.deletePrompt({ name })).toEqual({ deleted: false })
  })

  test.each([
    { name: ' ', category: 'qa', text: 'x' },
    { name: 'n'.repeat(101), category: 'qa', text: 'x' },
    { name: 'n', category: 'poem', text: 'x' },
    { name: 'n', category: 'qa', text: '' },
    { name: 'n', category: 'qa', text: 'x'.repeat(100_001) },
  ])('a prompt that cannot be used is refused: $name, $category', async (prompt) => {
    expect(await failureOf(store.savePrompt(prompt))).toMatchObject({ kind: 'invalid' })
  })

  test('what does not exist is missing, and named', async () => {
    const id = randomUUID()
    const calls = [
      () => store.readRun({ id }),
      () => store.deleteRun({ id }),
      () => store.readHistory({ id }),
      () => store.readResult({ id }),
      () => store.readComparison({ before: id, after: id }),
      () => store.listSeries({ targetId: id }),
      () => store.listPrices({ provider: 'openai', model: id }),
    ]
    for (const call of calls)
      expect(await failureOf(call())).toMatchObject({ kind: 'missing', message: expect.stringContaining(id) })
  })

  test('an input with an unknown key is refused by every read', async () => {
    const reads = [
      'read_now',
      'list_runs',
      'read_run',
      'delete_run',
      'list_history',
      'read_history',
      'list_results',
      'read_result',
      'list_series',
      'list_distribution',
      'list_phases',
      'list_points',
      'list_outages',
      'list_leaderboard',
      'list_uptime',
      'list_objectives',
      'list_errors',
      'list_costs',
      'read_projection',
      'read_budget',
      'list_price_changes',
      'list_prices',
      'list_gaps',
      'read_comparison',
      'compare_model',
      'list_providers',
      'list_calibrations',
      'read_upkeep',
      'list_prompts',
      'list_proxy_requests',
      'read_proxy_text',
      'read_proxy_traffic',
      'compare_traffic',
      'save_prompt',
      'delete_prompt',
    ]
    for (const name of reads)
      expect(await failureOf(sql.query(`select public.${name}('{"sythetic": true}')`)), name).toMatchObject({
        message: expect.stringContaining(`${name} has no sythetic`),
      })
  })

  test.each([
    ['a cursor', () => store.listRuns({ after: 'x' })],
    ['a group', () => store.listErrors({ by: ['colour' as 'day'] })],
    ['a period', () => store.listLeaderboard({ period: '1h' as '24h' })],
    ['a metric', () => store.listSeries({ model: 'm', metric: 'cost' as 'tps' })],
    ['a range', () => store.listSeries({ model: 'm', since: new Date(1), until: new Date(0) })],
    ['a chart of everything', () => store.listSeries({})],
    ['a model of any provider', () => store.compareTraffic({ model: 'm' })],
    ['a grain', () => store.readProxyTraffic({ by: ['colour' as 'client'] })],
    ['whether it is synthetic', () => store.readNow({ synthetic: 'no' as unknown as boolean })],
  ])('%s that cannot be read is invalid', async (_, call) => {
    expect(await failureOf(call())).toMatchObject({ kind: 'invalid' })
  })
})
