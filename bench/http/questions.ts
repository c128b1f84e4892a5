import type { Sql } from '../../src/store/connection.ts'
import { readSubjects } from '../history/reads.ts'

/** One read of the API as a screen asks it. */
export interface Question {
  name: string
  /** Below /api/v1. */
  path: string
  /** Milliseconds that its median may take on Postgres; null for what is measured without a goal. */
  limit: number | null
}

const usual = 15
const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString()

/** Every read, of one target, two runs and a result that there are. */
export async function questionsOf(sql: Sql): Promise<Question[]> {
  const { target, provider, model, run, before } = await readSubjects(sql)
  const { rows } = await sql.query('select id from benchmark_results where run_id = $1 limit 1', [run])
  const result = String(rows[0]?.['id'])
  const of = (path: string, query: Record<string, string> = {}) => {
    const text = new URLSearchParams(query).toString()
    return text === '' ? path : `${path}?${text}`
  }
  const question = (name: string, path: string, limit: number | null = usual) => ({ name, path, limit })
  return [
    question('now, 60 targets in one region', of('/now', { region: 'fra1' }), 30),
    question('now, 60 targets in three regions', of('/now'), null),
    question('health', of('/health')),
    question('providers', of('/providers'), null),
    question('models of a provider', of('/models', { provider })),
    question('targets of a provider', of('/targets', { provider })),
    question('runs, a page', of('/runs')),
    question('runs of a provider', of('/runs', { provider, limit: '20' })),
    question('a run of 180 probes', of(`/runs/${run}`)),
    question('a suite', of(`/history/${run}`)),
    question('suites, a page of 20 with 180 results each', of('/history', { limit: '20' }), null),
    question('results, a page', of('/results', { since: ago(24) })),
    question('results of a model, failed', of('/results', { provider, model, success: 'false' })),
    question('a result with its timeline', of(`/results/${result}`, { timeline: '1' })),
    question('export of a run', of('/export', { run_id: run }), null),
    question('series of 24 h', of('/series', { target_id: target })),
    question('series of 30 d by hour', of('/series', { target_id: target, since: ago(720), width: '2880' })),
    question('series of 90 d by day', of('/series', { target_id: target, since: ago(2160) })),
    question('leaderboard of 24 h', of('/leaderboard', { period: '24h', metric: 'ttft' })),
    question('uptime of a target', of('/uptime', { target_id: target })),
    question('uptime of all', of('/uptime'), null),
    question('errors of 7 d', of('/errors')),
    question('costs by day', of('/costs')),
    question('projection', of('/costs/projection')),
    question('budget', of('/budget')),
    question('prices of a model', of('/prices/history', { provider, model })),
    question('price changes of a model', of('/prices/changes', { provider, model })),
    question('gaps', of('/gaps')),
    question('two runs', of('/compare/runs', { before, after: run })),
    question('a model everywhere', of('/compare/models', { model })),
    question('syncs', of('/syncs')),
    question('calibrations', of('/calibrations')),
    question('prompts', of('/prompts')),
  ]
}
