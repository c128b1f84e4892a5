import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Sql } from '../../src/store/connection.ts'

/**
 * What a read may cost: `latest` is one step into an index a target, `history` goes over everything there is.
 */
export type Kind = 'latest' | 'leaderboard' | 'window' | 'history'

export interface Read {
  name: string
  kind: Kind
  text: string
  /** Which of `seedTexts` asks the same. */
  seed?: string
}

const folder = path.join(import.meta.dirname, '../../supabase/queries')

/** Documented queries that are not about a stretch of time, the usual kind. */
const kinds: Record<string, Kind> = {
  'latest-results': 'latest',
  'leaderboard-24h': 'leaderboard',
  'leaderboard-7d': 'leaderboard',
  'leaderboard-30d': 'leaderboard',
  'cost-by-month': 'history',
  'errors-all-time': 'history',
  'run-gaps': 'history',
}
/** Which of `seedTexts` asks what a documented query asks. */
const seeds: Record<string, string> = {
  'speed-by-provider': 'latency-by-provider',
  'speed-by-target': 'latency-by-model',
  'hourly-trend': 'hourly-trend',
  'error-rate': 'error-rate',
  'cost-by-model': 'cost-by-model',
  'cost-by-month': 'cost-by-month',
  'errors-all-time': 'errors-by-month',
  'latest-prices': 'latest-prices',
  'latest-results': 'latest-results',
  'leaderboard-24h': 'percentiles-24h',
  'leaderboard-7d': 'leaderboard',
  percentiles: 'leaderboard',
  'results-of-run': 'results-of-run',
  results: 'results',
  runs: 'last-runs',
  uptime: 'uptime',
  'hourly-trend-of-model': 'hourly-7d-model',
}

/** Every documented query, as it is in supabase/queries now. */
const documented = (): Read[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .toSorted()
    .map((file) => {
      const name = file.slice(0, -4)
      const text = readFileSync(path.join(folder, file), 'utf8').trim().replace(/;$/, '')
      const seed = seeds[name]
      return { name: `queries/${name}`, kind: kinds[name] ?? 'window', text, ...(seed ? { seed } : {}) }
    })

/** What the reads are asked of: one target, and the latest two runs. */
interface Subjects {
  target: string
  provider: string
  model: string
  run: string
  before: string
}

export async function readSubjects(sql: Sql): Promise<Subjects> {
  const { rows: targets } = await sql.query(
    'select target_id, provider, model from bench.targets where n = 31',
  )
  const { rows: runs } = await sql.query(
    `select id from runs where status = 'finished' and slot is not null order by started_at desc limit 2`,
  )
  const text = (value: unknown) => String(value)
  return {
    target: text(targets[0]?.['target_id']),
    provider: text(targets[0]?.['provider']),
    model: text(targets[0]?.['model']),
    run: text(runs[0]?.['id']),
    before: text(runs[1]?.['id']),
  }
}

/** The views and functions, asked as dashboards ask them. */
const direct = ({ target, provider, model, run, before }: Subjects): Read[] => [
  { name: 'latest_results', kind: 'latest', text: 'select * from latest_results', seed: 'latest-results' },
  { name: 'target_health', kind: 'window', text: 'select * from target_health' },
  ...['24h', '7d', '30d'].map((period): Read => ({
    name: `leaderboard ${period}, every metric`,
    kind: 'window',
    text: `select * from leaderboard where period = '${period}' order by metric, region, series, rank`,
    ...(period === '7d' ? { seed: 'leaderboard' } : {}),
  })),
  {
    name: 'window_stats 24 h, every target',
    kind: 'window',
    text: `select * from window_stats(now() - interval '24 hours')`,
    seed: 'percentiles-24h',
  },
  {
    name: 'window_stats 7 d, one provider',
    kind: 'window',
    text: `select * from window_stats(now() - interval '7 days', now(), 'provider', '${provider}')`,
  },
  {
    name: 'window_stats 30 d, one provider',
    kind: 'window',
    text: `select * from window_stats(now() - interval '30 days', now(), 'provider', '${provider}')`,
  },
  {
    name: 'window_stats 90 d, one target',
    kind: 'window',
    text: `select * from window_stats(now() - interval '90 days', now(), 'target', '${provider}', '${model}')`,
  },
  {
    name: 'window_stats 7 d, one model at every provider',
    kind: 'window',
    text: `select * from window_stats(now() - interval '7 days', now(), 'target', null, '${model}')`,
  },
  {
    name: 'hourly_trends 30 d, one target',
    kind: 'window',
    text: `select * from hourly_trends where target_id = '${target}' and hour >= now() - interval '30 days' order by hour`,
    seed: 'hourly-30d-model',
  },
  {
    name: 'hourly_trends 7 d, one model at every provider',
    kind: 'window',
    text: `select * from hourly_trends where model = '${model}' and hour >= now() - interval '7 days' order by hour`,
  },
  {
    name: 'daily_trends 90 d, one target',
    kind: 'window',
    text: `select * from daily_trends where target_id = '${target}' and day >= now() - interval '90 days' order by day`,
  },
  {
    name: 'daily_trends, one target for ever',
    kind: 'history',
    text: `select * from daily_trends where target_id = '${target}' order by day`,
  },
  {
    name: 'uptime_daily 90 d, every target',
    kind: 'history',
    text: `select * from uptime_daily where day >= now() - interval '90 days' order by day`,
    seed: 'uptime-daily-90d',
  },
  {
    name: 'costs_daily by month, everything',
    kind: 'history',
    text: `select date_trunc('month', day, 'UTC') as month, provider, sum(cost_usd) as usd, sum(n_calls) as n from costs_daily group by 1, 2 order by 1, 2`,
    seed: 'cost-by-month',
  },
  {
    name: 'errors_daily by month and kind, everything',
    kind: 'history',
    text: `select date_trunc('month', day, 'UTC') as month, fault_domain, error_kind, sum(n) as n from errors_daily group by 1, 2, 3 order by 1, 2, 3`,
    seed: 'errors-by-month',
  },
  {
    name: 'errors_daily 7 d',
    kind: 'window',
    text: `select provider, fault_domain, error_kind, sum(n) as n from errors_daily where day >= now() - interval '7 days' group by 1, 2, 3 order by 1`,
    seed: 'error-rate',
  },
  { name: 'run_gaps, everything', kind: 'history', text: 'select * from run_gaps order by since desc' },
  {
    name: 'run_probes of a run',
    kind: 'window',
    text: `select * from run_probes where run_id = '${run}' order by ordinal`,
  },
  { name: 'compare_runs', kind: 'window', text: `select * from compare_runs('${before}', '${run}')` },
  {
    name: 'list_results of a run, a page',
    kind: 'window',
    text: `select list_results('{"run_id": "${run}", "limit": 100}')`,
    seed: 'results-of-run',
  },
  { name: 'read_catalog', kind: 'window', text: `select read_catalog('{}')` },
  {
    name: 'last 100 runs with their counts',
    kind: 'window',
    text: 'select id, started_at, n_probes, n_succeeded, n_failed from runs order by started_at desc limit 100',
    seed: 'last-runs',
  },
]

export const allReads = (subjects: Subjects): Read[] => [...documented(), ...direct(subjects)]

const average = `avg(br.total_latency_ms) as avg_latency_ms, avg(br.ttft_ms) as avg_ttft_ms, avg(br.tps) as avg_tps, count(*) as test_count`
const percentiles = (column: string) =>
  `percentile_cont(array[0.5, 0.95, 0.99]) within group (order by ${column})`

/**
 * The questions as people asked them of the five tables alone, by the documented query or the read of ours
 * that answers them.
 */
export const seedTexts: Record<string, string> = {
  'latency-by-provider': `select p.name as provider, ${average} from benchmark_results br join providers p on br.provider_id = p.id
    where br.created_at >= now() - interval '24 hours' and br.success = true group by p.name order by avg_latency_ms`,
  'latency-by-model': `select p.name as provider, m.name as model, ${average} from benchmark_results br join providers p on br.provider_id = p.id
      join models m on br.model_id = m.id
    where br.created_at >= now() - interval '24 hours' and br.success = true group by p.name, m.name order by avg_latency_ms`,
  'hourly-trend': `select date_trunc('hour', created_at) as hour, avg(total_latency_ms), avg(ttft_ms), avg(tps) from benchmark_results
    where created_at >= now() - interval '7 days' and success = true group by hour order by hour desc`,
  'error-rate': `select p.name as provider, count(*) filter (where br.success = false) as errors, count(*) as total,
      round(100.0 * count(*) filter (where br.success = false) / count(*), 2) as error_rate_pct
    from benchmark_results br join providers p on br.provider_id = p.id
    where br.created_at >= now() - interval '7 days' group by p.name order by error_rate_pct desc`,
  'cost-by-model': `select p.name as provider, m.name as model, sum(br.cost_usd) as total_cost, avg(br.cost_usd), count(*)
    from benchmark_results br join providers p on br.provider_id = p.id join models m on br.model_id = m.id
    where br.created_at >= now() - interval '30 days' and br.success = true group by p.name, m.name order by total_cost desc`,
  'cost-by-month': `select date_trunc('month', created_at) as month, provider, sum(cost_usd), count(*)
    from benchmark_results group by 1, 2 order by 1, 2`,
  'latest-prices': `select distinct on (m.id) p.name as provider, m.name as model, pr.input_price_per_m, pr.output_price_per_m, pr.timestamp
    from prices pr join providers p on pr.provider_id = p.id join models m on pr.model_id = m.id order by m.id, pr.timestamp desc`,
  'latest-results': `select distinct on (provider, model) provider, model, created_at, success, ttft_ms, tps, cost_usd
    from benchmark_results order by provider, model, created_at desc`,
  'results-of-run': `select * from benchmark_results where run_id = (select id from runs order by started_at desc limit 1) order by created_at`,
  results: 'select * from benchmark_results order by created_at desc limit 100',
  uptime: `select provider, model, count(*) as checks, 100.0 * count(*) filter (where success) / count(*) as uptime
    from benchmark_results where created_at >= now() - interval '30 days' group by 1, 2 order by 4`,
  'percentiles-24h': `select provider, model, ${percentiles('ttft_ms')}, ${percentiles('tps')}, ${percentiles('total_latency_ms')}
    from benchmark_results where created_at >= now() - interval '24 hours' and success group by 1, 2`,
  leaderboard: `select provider, model, ${percentiles('ttft_ms')}, ${percentiles('tps')}, ${percentiles('total_latency_ms')}, count(*)
    from benchmark_results where created_at >= now() - interval '7 days' and success group by 1, 2 order by 3`,
  'hourly-30d-model': `select date_trunc('hour', created_at) as hour, avg(ttft_ms), avg(tps), avg(total_latency_ms), count(*)
    from benchmark_results
    where model_id = (select m.id from models m join providers p on p.id = m.provider_id order by p.name, m.name offset 31 limit 1)
      and created_at >= now() - interval '30 days' group by 1 order by 1`,
  'hourly-7d-model': `select date_trunc('hour', created_at) as hour, provider, avg(ttft_ms), avg(tps), avg(total_latency_ms), count(*)
    from benchmark_results where model = 'gpt-4o-mini' and created_at >= now() - interval '7 days' group by 1, 2 order by 1`,
  'uptime-daily-90d': `select date_trunc('day', created_at) as day, provider, model, 100.0 * count(*) filter (where success) / count(*) as uptime
    from benchmark_results where created_at >= now() - interval '90 days' group by 1, 2, 3 order by 1`,
  'errors-by-month': `select date_trunc('month', created_at) as month, status_code, count(*) from benchmark_results
    where not success group by 1, 2 order by 1, 2`,
  'last-runs': `select r.id, r.started_at, count(br.id), count(br.id) filter (where br.success) from (
      select * from runs order by started_at desc limit 100) r
    left join benchmark_results br on br.run_id = r.id group by 1, 2 order by 2 desc`,
}
