import type { SyncOutcome } from '../../src/core/catalog.ts'
import { faultDomains, type ErrorKind } from '../../src/core/outcome.ts'
import type { Plan, Probe } from '../../src/core/plan.ts'
import { priceOf } from '../../src/core/price.ts'
import type { Result } from '../../src/core/result.ts'
import type { Sql } from '../../src/store/connection.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import type { Store } from '../../src/store/store.ts'
import { recordFleet } from './fleet-history.ts'
import {
  calls,
  hours,
  inStore,
  measured,
  minutes,
  slots,
  tracks,
  uuid,
  type Call,
  type Track,
} from './history-calls.ts'
import { recordIncidents } from './incident-sample.ts'
import { failedResult, sampleProbe, samplePlan, sampleResult } from './samples.ts'
import { refreshAll } from './refresh.ts'
import { recordResult } from './record-result.ts'
import { stopClock } from './stop-clock.ts'
import { sampleText } from './proxy-records.ts'
import { sampleTraffic } from './traffic-sample.ts'

/** When the questions are asked. The history is small enough to work out every answer by hand. */
const sampleNow = new Date('2026-11-26T12:20:00Z')

const providers = {
  openai: 'OpenAI',
  groq: 'Groq',
  together: 'Together AI',
  openrouter: 'OpenRouter',
  synthetic: 'Synthetic',
}
const priceFrom = (inputPerM: number, outputPerM: number) =>
  priceOf({ inputPerM, outputPerM, source: 'models.dev', asOf: '2026-09-01T00:00:00Z' })
const prices: Record<string, ReturnType<typeof priceFrom>> = {
  openai: priceFrom(0.15, 0.6),
  groq: priceFrom(0.1, 0.5),
  together: priceFrom(0.05, 0.2),
  openrouter: priceFrom(0.04, 0.15),
  synthetic: priceFrom(0, 0),
}

const about = (id: string) => ({
  id,
  name: providers[id as keyof typeof providers],
  baseUrl: `https://api.${id}.example/v1`,
  logoUrl: null,
  synthetic: id === 'synthetic',
})

/** A plan whose ids tell the run (first digit) and the probe. */
function planOf(
  run: number,
  wanted: { provider: string; model: string; region?: string }[],
  more: object,
): Plan {
  const probes = wanted.map(({ provider, model, region = 'iad1' }, at) => {
    const target = { provider, model, parameters: { reasoning: 'least' as const }, region: null }
    const ids = { id: uuid(run * 100 + at), resultId: uuid(run * 100 + 50 + at) }
    return sampleProbe(target, { ...ids, region, series: 'series-1', price: prices[provider] ?? null })
  })
  const named = [...new Set(wanted.map(({ provider }) => provider))]
  return samplePlan([], { id: uuid(run), probes, providers: named.map(about), ...more })
}

const scheduled = (slot: Date) => ({
  name: 'benchmark',
  trigger: 'cron',
  mode: 'scheduled',
  schedule: 'benchmark',
  slot,
})

/** Claims the plan's probes in order and records one outcome for each. */
async function record(
  store: Store,
  plan: Plan,
  outcomes: ((plan: Plan, probe: Probe) => Result)[],
): Promise<void> {
  for (const outcome of outcomes) {
    const wanted = plan.probes[outcomes.indexOf(outcome)] ?? plan.probes[0]
    const claim = { runId: plan.id, owner: 'w', leaseMs: 60_000, region: wanted?.region ?? 'iad1' }
    const claimed = await store.claimProbe(claim)
    if (claimed === null) throw new Error(`run ${plan.id} has no probe for its outcome`)
    await recordResult(store, outcome(plan, claimed.probe))
  }
}

const usual = {
  inputTokens: 500,
  outputTokens: 100,
  reasoningTokens: 20,
  retryAfterMs: null,
  timingQuality: 'ok' as const,
  responseText: 'Time is what clocks measure.',
}
/** An answer recorded at this moment. */
const answer =
  (at: Date, [ttft, tps]: readonly [ttft: number, tps: number], more: Partial<Result> = {}) =>
  (plan: Plan, probe: Probe): Result => {
    const totalLatencyMs = more.totalLatencyMs ?? ttft + 600
    const startedAt = new Date(at.getTime() - totalLatencyMs)
    const values = { startedAt, ttftMs: ttft, ttfaMs: ttft + 50, tps, totalLatencyMs, ...usual }
    return sampleResult(plan, probe, { ...values, ...more })
  }
const answerOf = (track: Track, { i, at }: Call) => {
  const { ttft, tps } = measured(track, i)
  return answer(at, [ttft, tps], { costUsd: tracks[track].cost, computedUsd: tracks[track].cost })
}
const messages: Partial<Record<ErrorKind, [status: number | null, message: string]>> = {
  timeout_first_token: [200, 'No token for 60 s'],
  server_error: [500, 'Internal error'],
  rate_limited: [429, 'Too many requests'],
  overloaded: [503, 'The engine is overloaded'],
  quota: [402, 'No credit left'],
}
const failure =
  (at: Date, errorKind: ErrorKind) =>
  (plan: Plan, probe: Probe): Result => {
    const [statusCode, errorMessage] = messages[errorKind] ?? [null, '']
    const totalLatencyMs = errorKind === 'timeout_first_token' ? 60_000 : 200
    const startedAt = new Date(at.getTime() - totalLatencyMs)
    const found = {
      timingQuality: 'ok' as const,
      errorKind,
      faultDomain: faultDomains[errorKind],
      errorMessage,
      statusCode,
    }
    return failedResult(plan, probe, { startedAt, totalLatencyMs, retryAfterMs: null, ...found })
  }

const kimi = { provider: 'together', model: 'moonshotai/Kimi-K2' }
const free = { provider: 'openrouter', model: 'openai/gpt-oss-20b:free' }

/** Records the history in a migrated, empty database and stops its clock. */
export async function recordHistory(sql: Sql): Promise<void> {
  await stopClock(sql, sampleNow)
  const store = createSqlStore(sql)
  const last = slots.hourly.slice(-2).map(({ slot }) => slot)
  const [before = sampleNow, latest = sampleNow] = last
  const scheduledTracks: Track[] = ['mini', 'groq', 'together']
  const first = planOf(1, [...scheduledTracks.map((track) => tracks[track]), kimi], scheduled(before))
  const wanted = [tracks.mini, tracks.fra, tracks.groq, tracks.together, kimi, free]
  const second = planOf(2, wanted, scheduled(latest))
  const byHand = planOf(3, [free, free], { name: 'free', mode: 'single' })
  const synthetic = planOf(4, [{ provider: 'synthetic', model: 'synthetic/steady' }], {
    name: 'dry run',
    synthetic: true,
  })
  await store.startRun(first, 'iad1')
  await sql.exec(`update prices set "timestamp" = '2026-09-01T00:00:00Z'`)
  await insertEarlier(sql)

  const of = (slot: Date, track: Track, isRecheck = false) => {
    const found = calls.find(
      (each) =>
        each.slot.getTime() === slot.getTime() && each.track === track && each.isRecheck === isRecheck,
    )
    if (found === undefined) throw new Error(`no call of ${track} at ${slot.toISOString()}`)
    return found
  }
  const secondsAfter = (slot: Date, seconds: number) => new Date(slot.getTime() + 1000 * seconds)
  await record(store, first, [
    ...scheduledTracks.map((track) => answerOf(track, of(before, track))),
    failure(secondsAfter(before, 65), 'timeout_first_token'),
  ])
  await close(sql, first, { at: before, seconds: 70 })

  await store.startRun(second, 'iad1')
  const overloaded = of(latest, 'together')
  await record(store, second, [
    ...(['mini', 'fra', 'groq'] as const).map((track) => answerOf(track, of(latest, track))),
    failure(overloaded.at, 'overloaded'),
    failure(secondsAfter(latest, 5), 'server_error'),
  ])
  await store.skipProbes({ runId: second.id, reason: 'rate limited until 12:30' })
  const confirm = { probeId: uuid(203), id: uuid(206), resultId: uuid(256) }
  await store.planConfirm(confirm)
  await record(store, second, [
    (plan, probe) => ({
      ...failure(of(latest, 'together', true).at, 'overloaded')(plan, probe),
      ...({ confirms: uuid(203) } as object),
    }),
  ])
  await close(sql, second, { at: latest, seconds: 70 })

  const nine = new Date('2026-11-26T09:10:00Z')
  await store.startRun(byHand, 'iad1')
  await record(store, byHand, [
    answer(secondsAfter(nine, 2), [800, 20], {
      totalLatencyMs: 2000,
      costUsd: 0.0003,
      chargedUsd: 0.0003,
      computedUsd: 0.00025,
      costSource: 'provider',
    }),
    answer(secondsAfter(nine, 10), [900, 22], {
      totalLatencyMs: 2100,
      costUsd: null,
      computedUsd: null,
      costSource: null,
    }),
  ])
  await close(sql, byHand, { at: nine, seconds: 11 })

  const ten = new Date('2026-11-26T10:05:00Z')
  await store.startRun(synthetic, 'iad1')
  await record(store, synthetic, [answer(secondsAfter(ten, 1), [10, 1000], { costUsd: 0, computedUsd: 0 })])
  await close(sql, synthetic, { at: ten, seconds: 2 })

  const missed = new Date('2026-10-26T12:00:00Z')
  await store.fileMissed({
    run: {
      id: uuid(5),
      runName: 'benchmark',
      triggeredBy: 'cron',
      schedule: 'benchmark',
      slot: missed,
      region: 'iad1',
      startedAt: secondsAfter(missed, 1),
    },
    reason: 'the database was away',
  })
  await sync(store)
  await sql.exec(`update prices set "timestamp" = '2026-11-20T06:00:00Z' where source = 'provider';
    update prices set "timestamp" = '2026-09-01T00:00:00Z' where source <> 'provider';
    update models set last_seen_at = '2026-11-20T06:00:00Z' where last_seen_at is not null;
    update models set left_at = '2026-11-20T06:00:00Z' where left_at is not null`)
  const nobody = { about: null, parameters: null, region: null }
  await store.setTarget({ provider: 'openai', model: 'gpt-4.1-nano', active: true, ...nobody })
  await store.setTarget({ provider: 'openai', model: 'gpt-4.1-nano', active: false, ...nobody })
  await store.setTarget({ provider: 'groq', model: 'llama-3.1-8b-instant', active: true, ...nobody })
  const aim = { ...nobody, active: null }
  await store.setTarget({ provider: 'openai', model: 'gpt-4o-mini', slo: { availability: 0.999 }, ...aim })
  const ttft = { within_ms: 340, share: 0.9 }
  const { provider, model } = tracks.together
  await store.setTarget({ provider, model, slo: { availability: 0.99, ttft }, ...aim })
  await recordIncidents(sql)
  const rows = sampleTraffic()
  const texts = rows
    .slice(0, 1)
    .map(({ id, receivedAt }) => sampleText({ requestId: id, capturedAt: receivedAt }))
  await store.recordProxyRequests({ rows, texts })
  await recordFleet(sql)
  await refreshAll(sql)
}

/** Finishes a run and only then backdates it; earlier, all its probes would be late. */
async function close(sql: Sql, plan: Plan, made: { at: Date; seconds: number }): Promise<void> {
  await createSqlStore(sql).finishRun({ runId: plan.id, status: 'finished' })
  await sql.query(
    `update runs set started_at = $2::timestamptz, finished_at = $2::timestamptz + $3 * interval '1 second',
      late_at = slot + interval '30 minutes' where id = $1`,
    [plan.id, made.at.toISOString(), made.seconds],
  )
}

/** Inserts the results of all runs but the last two as rows and rebuilds the rollups from them. */
async function insertEarlier(sql: Sql): Promise<void> {
  const early = [...slots.early, ...slots.daily, ...slots.hourly].filter((at) => !inStore(at))
  const runs = early.map(({ slot }, at) => {
    const own = calls.filter((each) => each.slot.getTime() === slot.getTime())
    const failed = own.filter(({ error }) => error !== null).length
    const late = slots.hourly.some((each) => each.slot === slot) ? 30 * minutes : 12 * hours
    return {
      id: uuid(10_000 + at),
      slot,
      late_at: new Date(slot.getTime() + late),
      n_probes: own.length,
      n_failed: failed,
    }
  })
  await sql.query(
    `insert into runs (id, run_name, triggered_by, started_at, finished_at, schedule, slot, late_at, mode, status, region, n_probes, n_succeeded, n_failed)
      select r.id, 'benchmark', 'cron', r.slot, r.slot + interval '20 seconds', 'benchmark', r.slot, r.late_at, 'scheduled', 'finished', 'iad1',
        r.n_probes, r.n_probes - r.n_failed, r.n_failed
      from jsonb_to_recordset($1::jsonb) r (id uuid, slot timestamptz, late_at timestamptz, n_probes integer, n_failed integer)`,
    [JSON.stringify(runs)],
  )
  const rows = calls
    .filter((each) => !inStore(each))
    .map((each, at) => {
      const { ttft, ttfa, tps, latency } = measured(each.track, each.i)
      const { provider, model, region, cost } = tracks[each.track]
      const [status, message] = each.error === null ? [200, null] : (messages[each.error] ?? [null, null])
      const got =
        each.error === null
          ? {
              ttft_ms: ttft,
              ttfa_ms: ttfa,
              tps,
              cost_usd: cost,
              input_tokens: 500,
              output_tokens: 100,
              reasoning_tokens: 20,
            }
          : {}
      const firstAt = calls
        .filter((other) => !inStore(other))
        .findIndex((other) => other.slot === each.slot && other.track === each.track && !other.isRecheck)
      return {
        id: uuid(100_000 + at),
        created_at: each.at,
        slot: each.slot,
        provider,
        model,
        region,
        series: each.series,
        success: each.error === null,
        error_kind: each.error,
        fault_domain: each.error === null ? null : faultDomains[each.error],
        error_message: message,
        status_code: status,
        total_latency_ms: each.error === null ? latency : each.error === 'timeout_first_token' ? 60_000 : 200,
        confirms: each.isRecheck ? uuid(100_000 + firstAt) : null,
        timing_quality: 'ok',
        ...got,
      }
    })
  const columns = `id, created_at, provider, model, region, series, success, error_kind, fault_domain, error_message, status_code,
    total_latency_ms, ttft_ms, ttfa_ms, tps, cost_usd, input_tokens, output_tokens, reasoning_tokens, confirms, timing_quality`
  await sql.query(
    `insert into benchmark_results (run_id, provider_id, model_id, target_id, computed_usd, ${columns})
      select r.id, m.provider_id, m.id, t.id, b.cost_usd, ${columns.replaceAll(/(\w+)/g, 'b.$1')}
      from jsonb_array_elements($1::jsonb) given
        cross join lateral jsonb_populate_record(null::benchmark_results, given) b
        join runs r on r.slot = (given ->> 'slot')::timestamptz
        join providers p on p.slug = b.provider
        join models m on m.provider_id = p.id and m.name = b.model
        join targets t on t.model_id = m.id`,
    [JSON.stringify(rows)],
  )
  await sql.query(
    `select public.rebuild_rollups('{"since": "2026-09-01T00:00:00Z", "until": "2026-11-27T00:00:00Z"}')`,
  )
}

/** Saves the syncs of a Friday: a price increase, a price that two sources disagree on, a model that left. */
async function sync(store: Store): Promise<void> {
  const price = priceOf({ inputPerM: 0.3, outputPerM: 0.6, source: 'provider', asOf: '2026-11-20T00:00:00Z' })
  const other = priceOf({ inputPerM: 0.15, outputPerM: 0.6, source: 'models.dev' })
  const outcome = (id: string, n: number, more: Partial<SyncOutcome>): SyncOutcome => ({
    id: uuid(n),
    provider: about(id),
    status: 'saved',
    reason: null,
    startedAt: new Date(`2026-11-20T06:00:0${n - 6}Z`),
    finishedAt: new Date('2026-11-20T06:00:05Z'),
    listed: 40,
    chat: 12,
    unreadable: 0,
    unpriced: 0,
    changes: { added: [], left: [], returned: [], changed: [] },
    prices: [],
    conflicts: [],
    leaving: [],
    ...more,
  })
  const found = [
    outcome('openai', 6, {
      prices: [{ model: 'gpt-4o-mini', before: prices['openai'] ?? null, price }],
      conflicts: [{ model: 'gpt-4o-mini', chosen: price, other, gap: 0.5 }],
    }),
    outcome('together', 7, { changes: { added: [], left: [kimi.model], returned: [], changed: [] } }),
    outcome('groq', 8, { status: 'failed', reason: 'HTTP 401: the key was refused' }),
  ]
  for (const each of found)
    await store.saveSync({ about: about(each.provider.id), trigger: 'cron', outcome: each, models: [] })
}
