import { expect, test } from 'vitest'
import { isLast, toEvents, toJobs, toSuite } from '../../../src/http/event-names.ts'
import { detailOf, progressAt, type RunFacts } from '../../../src/http/progress.ts'
import type { EventRow } from '../../../src/store/event-codec.ts'

const id = '0a0a0a0a-0a0a-4a0a-8a0a-0a0a0a0a0a0a'
const at = '2026-11-29T10:00:10Z'
const probe = {
  id: 'p',
  provider: 'openai',
  model: 'gpt-5',
  region: 'local',
  iteration: 2,
  context_tokens: 5000,
  warmup: false,
}
const result = {
  id: 'r',
  success: true,
  status_code: 200,
  error_kind: null,
  fault_domain: null,
  ttft_ms: 412,
  ttfa_ms: 430,
  tps: 80.5,
  input_tps: 900,
  total_latency_ms: 2500,
  input_tokens: 90,
  output_tokens: 200,
  cost_usd: 0.002,
}
const facts: RunFacts = {
  id,
  mode: 'comparison',
  total: 4,
  skipped: 0,
  startedAt: new Date('2026-11-29T10:00:00Z'),
  targets: [{ provider: 'openai', model: 'gpt-5' }],
  settings: {
    runs: 3,
    context_tiers: [5000],
    warmup: true,
    max_tokens: 512,
    temperature: 0.7,
    concurrency: 1,
  },
}
const row = (event: EventRow['event'], more: Partial<EventRow> = {}): EventRow => ({
  id: '7-8',
  run_id: id,
  event,
  created_at: at,
  data: {},
  probe: null,
  result: null,
  n_done: 0,
  ...more,
})
const seen = (given: EventRow) => ({
  row: given,
  facts,
  progress: progressAt(facts, { done: given.n_done, at: new Date(at), detail: null }),
})

test('our own names carry the row and how far the run is', () => {
  const recorded = row('probe_recorded', { probe, result, n_done: 1 })
  const progress = { done: 1, total: 4, percent: 25, eta_s: 30, detail: null }
  expect(toEvents(seen(recorded))).toEqual([{ event: 'probe_recorded', data: { ...recorded, progress } }])
})

test('every event has its names among those of jobs', () => {
  const named = (given: EventRow) => toJobs(seen(given))
  expect(named(row('run_queued'))).toEqual([
    { event: 'job_created', data: { job_id: id, status: 'queued', created_at: at } },
  ])
  expect(named(row('run_started'))).toEqual([
    {
      event: 'benchmark_init',
      data: {
        job_id: id,
        mode: 'comparison',
        targets: [{ provider: 'openai', model: 'gpt-5' }],
        runs: 3,
        context_tiers: [5000],
        warmup: true,
        max_tokens: 512,
        temperature: 0.7,
        concurrency: 1,
        total: 4,
      },
    },
  ])
  const call = { provider: 'openai', model: 'gpt-5', run: 2, runs: 3, context_tier: 5000, warmup: false }
  expect(named(row('probe_started', { probe }))).toEqual([
    { event: 'benchmark_progress', data: { job_id: id, ...call } },
  ])
  expect(named(row('probe_recorded', { probe, result, n_done: 2 }))).toEqual([
    {
      event: 'benchmark_result',
      data: {
        job_id: id,
        ...call,
        success: true,
        ttft_ms: 412,
        tokens_per_second: 80.5,
        input_tokens_per_second: 900,
        total_time_s: 2.5,
        input_tokens: 90,
        output_tokens: 200,
        cost_usd: 0.002,
        error: null,
        result_id: 'r',
      },
    },
    {
      event: 'job_progress',
      data: { job_id: id, done: 2, total: 4, percent: 50, eta_s: 10, detail: null },
    },
  ])
  const skipped = row('probes_skipped', { data: { reason: 'cancelled', n: 2 }, n_done: 4 })
  expect(named(skipped)).toMatchObject([{ event: 'job_progress', data: { percent: 100, eta_s: 0 } }])
  const ended = (status: string) => named(row('run_finished', { data: { status } }))
  expect(ended('finished')).toEqual([{ event: 'job_completed', data: { job_id: id, result_ref: id } }])
  expect(ended('cancelled')).toEqual([{ event: 'job_cancelled', data: { job_id: id, result_ref: id } }])
  expect(ended('abandoned')).toEqual([
    { event: 'job_failed', data: { job_id: id, result_ref: id, error: 'the run was abandoned' } },
  ])
  expect(named(row('run_missed', { data: { reason: 'the database was away' } }))).toMatchObject([
    { event: 'job_failed', data: { error: 'the database was away' } },
  ])
  for (const event of ['run_joined', 'run_handed_over', 'run_cancelling'] as const)
    expect(named(row(event))).toEqual([])
})

test('a failed call says its kind and status, and nothing that a provider wrote', () => {
  const failed = { ...result, success: false, status_code: 503, error_kind: 'overloaded' }
  const [named] = toJobs(seen(row('probe_recorded', { probe, result: failed })))
  expect(named?.data).toMatchObject({ success: false, error: 'overloaded (HTTP 503)' })
  const [metric] = toSuite(seen(row('probe_recorded', { probe, result: failed })), null)
  expect(metric?.data).toMatchObject({ status: 'error', error_message: 'overloaded (HTTP 503)' })
})

test('a suite is told of each call, and at its end of the statistics', () => {
  expect(toSuite(seen(row('probe_recorded', { probe, result, n_done: 3 })), null)).toEqual([
    {
      event: 'run_metric',
      data: {
        suite_id: id,
        run_number: 3,
        provider_id: 'openai',
        model: 'gpt-5',
        status: 'success',
        ttfb_ms: 412,
        total_latency_ms: 2500,
        tokens_per_second: 80.5,
        input_tokens: 90,
        output_tokens: 200,
        response_preview: null,
        error_message: null,
      },
    },
  ])
  const figures = {
    error_count: 1,
    avg_ttfb_ms: 400,
    avg_tps: 80,
    avg_latency_ms: 2000,
    p50_ttfb_ms: 401,
    p95_ttfb_ms: 402,
    p99_ttfb_ms: 403,
    total_input_tokens: 180,
    total_output_tokens: 400,
  }
  const runs = ['success', 'error', 'success'].map((status) => ({ status }))
  const suite = { id, status: 'completed', runs, ...figures } as unknown as Parameters<typeof toSuite>[1]
  const end = row('run_finished', { data: { status: 'finished' } })
  expect(toSuite(seen(end), suite)).toEqual([
    {
      event: 'suite_complete',
      data: { suite_id: id, status: 'completed', total_runs: 3, successful_runs: 2, ...figures },
    },
  ])
  for (const event of ['run_queued', 'run_started', 'probe_started', 'probes_skipped'] as const)
    expect(toSuite(seen(row(event)), null)).toEqual([])
})

test.each([
  ['run_finished', true],
  ['run_missed', true],
  ['run_handed_over', false],
  ['probe_recorded', false],
] as const)('after %s nothing comes: %s', (event, isEnd) => expect(isLast({ event })).toBe(isEnd))

test('percent is 100 only at the end, and nobody says how long it takes before a call was made', () => {
  const progress = (done: number, more: Partial<RunFacts> = {}) =>
    progressAt({ ...facts, total: 1000, ...more }, { done, at: new Date(at), detail: null })
  expect(progress(0)).toMatchObject({ percent: 0, eta_s: null })
  expect(progress(999)).toMatchObject({ percent: 99.9, eta_s: 0 })
  expect(progress(1000)).toMatchObject({ percent: 100, eta_s: 0 })
  // Rechecks came on top.
  expect(progress(1001)).toMatchObject({ done: 1001, total: 1001, percent: 100 })
  expect(progress(0, { total: 0 })).toMatchObject({ percent: 100 })
  // What the plan skips takes no time: 10 s for one call, so 4 more take 40.
  expect(progress(6, { total: 10, skipped: 5 })).toMatchObject({ percent: 60, eta_s: 40 })
  expect(progress(1, { startedAt: null })).toMatchObject({ eta_s: null })
})

test('a call is named as people say it', () => {
  const name = (more: object, settings: object = { runs: 3 }) =>
    detailOf({ probe: { ...probe, ...more } }, { settings: { ...settings } }, () => 'OpenAI')
  expect(name({})).toBe('OpenAI gpt-5, run 2/3, context 5000')
  expect(name({ context_tokens: null })).toBe('OpenAI gpt-5, run 2/3')
  expect(name({ context_tokens: null }, {})).toBe('OpenAI gpt-5, run 2')
  expect(name({ context_tokens: null, warmup: true, iteration: 0 })).toBe('OpenAI gpt-5, warm-up')
  expect(detailOf({ probe: null }, { settings: {} }, () => 'OpenAI')).toBeNull()
})
