import type { Sql } from '../../src/store/connection.ts'
import type { Store } from '../../src/store/store.ts'
import { readSubjects } from '../history/reads.ts'

/** One read of the API as a screen asks it. */
export interface Question {
  name: string
  ask: () => Promise<unknown>
  /** Milliseconds that its median may take on Postgres; null for what is measured without a goal. */
  limit: number | null
}

const usual = 15
const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000)

/** Every read, of one target, two runs and a result that there are. */
export async function questionsOf(sql: Sql, store: Store): Promise<Question[]> {
  const { target, provider, model, run, before } = await readSubjects(sql)
  const { rows } = await sql.query('select id from benchmark_results where run_id = $1 limit 1', [run])
  const result = String(rows[0]?.['id'])
  const page = { after: null, limit: 100 }
  const question = (name: string, ask: () => Promise<unknown>, limit: number | null = usual) => ({
    name,
    ask,
    limit,
  })
  return [
    question('now, 60 targets in one region', () => store.readNow({ region: 'fra1' }), 30),
    question('now, 60 targets in three regions', () => store.readNow({}), null),
    question('runs, a page', () => store.listRuns({})),
    question('runs of a provider', () => store.listRuns({ provider, limit: 20 })),
    question('runs of a model that nobody has', () => store.listRuns({ model: 'nobody' })),
    question('runs of a status that none has', () => store.listRuns({ status: 'cancelled' })),
    question('runs with words that many have', () => store.listRuns({ q: `${provider} finished` })),
    question('runs with a word of few errors', () => store.listRuns({ q: 'content_filter' }), 30),
    question('runs with words that none has', () => store.listRuns({ q: `${model} nothing like it` }), 30),
    question('a run of 180 probes', () => store.readRun({ id: run })),
    question('suites, a page of 20 with 180 results each', () => store.listHistory({ limit: 20 }), null),
    question('a suite', () => store.readHistory({ id: run })),
    question('results, a page', () => store.listResults({ ...page, since: ago(24), withTexts: false })),
    question('results of a provider, from the first', () => store.listResults({ ...page, provider })),
    question('results of a model, failed', () => store.listResults({ ...page, model, success: false })),
    question('results of a target', () => store.listResults({ ...page, targetId: target, success: false })),
    question('results of a kind of error', () => store.listResults({ ...page, errorKind: 'self' })),
    question('results of a mode that none has', () => store.listResults({ ...page, mode: 'single' })),
    question('a result with its timeline', () => store.readResult({ id: result, withTimeline: true })),
    question('series of 24 h', () => store.listSeries({ targetId: target })),
    question('series of 7 d', () => store.listSeries({ targetId: target, since: ago(168) })),
    question('series of 30 d by hour', () =>
      store.listSeries({ targetId: target, since: ago(720), width: 2880 }),
    ),
    question('series of 90 d by day', () => store.listSeries({ targetId: target, since: ago(2160) })),
    question('series of 24 h of a model everywhere', () => store.listSeries({ model }), null),
    question('distribution of 30 d', () => store.listDistribution({ targetId: target, since: ago(720) })),
    question('phases of 30 d', () => store.listPhases({ targetId: target, since: ago(720) }), 30),
    question('points of 48 h', () => store.listPoints({ targetId: target, since: ago(48) })),
    question('outages of 90 d', () => store.listOutages({ targetId: target, since: ago(2160) }), 30),
    question('what is judged of a target', () => store.readAlertInputs({ targetId: target })),
    question('what is judged of all targets', () => store.readAlertInputs({ limit: 1000 }), null),
    question('leaderboard of 24 h', () => store.listLeaderboard({ period: '24h', metric: 'ttft' })),
    question('uptime of a target', () => store.listUptime({ targetId: target })),
    question('uptime of all', () => store.listUptime({}), null),
    question('errors of 7 d', () => store.listErrors({})),
    question('errors of a target', () => store.listErrors({ targetId: target })),
    question('errors by day and kind', () => store.listErrors({ by: ['day', 'kind'] })),
    question('costs by day', () => store.listCosts({})),
    question('costs by month and model, everything', () =>
      store.listCosts({ by: ['month', 'model'], since: new Date(0) }),
    ),
    question('projection', () => store.readProjection({})),
    question('budget', () => store.readBudget({})),
    question('price changes of a model', () => store.listPriceChanges({ provider, model })),
    question('prices of a model', () => store.listPrices({ provider, model })),
    question('gaps', () => store.listGaps({})),
    question('two runs', () => store.readComparison({ before, after: run })),
    question('a model everywhere', () => store.compareModel({ model })),
    question('providers', () => store.listProviders({})),
    question('upkeep', () => store.readUpkeep({})),
    question('calibrations', () => store.listCalibrations({})),
    question('prompts', () => store.listPrompts({})),
  ]
}
