import crypto from 'node:crypto'
import { Client } from 'pg'
import type { Plan } from '../../src/core/plan.ts'
import { seededRandom } from '../../src/core/random.ts'
import { percentile } from '../../src/core/statistics.ts'
import { encodeResult, toRecordInput } from '../../src/store/result-codec.ts'
import type { Sql } from '../../src/store/connection.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import { samplePlan, sampleProbe, sampleResult } from '../../test/support/samples.ts'
import { median } from '../goals.ts'
import { withSql } from './databases.ts'
import { regions, timelineOf } from './load.ts'

/** How long record_result takes, in ms. */
export interface Writes {
  /** With many results in the database. */
  large: { p50: number; p95: number; n: number }
  /**
   * Medians of rounds that take turns: with many results over few, and with rollups over without, both with
   * few.
   */
  largeOverSmall: number
  rollupsOverNone: number
}

/** 60 targets in three regions: 2,160 calls in all. */
const rounds = 12
const runName = 'record_result measured'
/** Ids as the program makes them. */
const newId = crypto.randomUUIDv7 ?? crypto.randomUUID

/** A database that is recorded into over one connection, and the plans and inputs of its next round. */
interface Recorder {
  client: Client
  sql: Sql
  times: number[][]
}

/**
 * Records results as a run does, round by round in three databases: many results, few, and few without
 * rollups.
 */
export async function measureWrites(
  urls: { large: string; small: string },
  say: (message: string) => void,
): Promise<Writes> {
  const bare = await copyWithoutRollups(urls.small)
  return withSql(urls.large, (large) =>
    withSql(urls.small, (small) =>
      withSql(bare, async (without) => {
        const recorders = await Promise.all([
          open(urls.large, large),
          open(urls.small, small),
          open(bare, without),
        ])
        try {
          // The first round warms up what it uses and is not counted.
          for (let round = 0; round <= rounds; round += 1)
            for (const recorder of rotated(recorders, round)) await record(recorder, round > 0)
        } finally {
          for (const { client } of recorders) await client.end()
        }
        await clear(large)
        await clear(small)
        say('record_result is measured')
        return summarize(recorders.map(({ times }) => times))
      }),
    ),
  )
}

const rotated = <Item>(items: readonly Item[], by: number): Item[] =>
  items.map((_, index) => items[(index + by) % items.length] as Item)

function summarize([large = [], small = [], bare = []]: number[][][]): Writes {
  const all = large.flat()
  const ratio = (these: number[][], those: number[][]) =>
    median(these.map((times, round) => median(times) / median(those[round] ?? [])))
  return {
    large: { p50: median(all), p95: percentile(all, 0.95) ?? 0, n: all.length },
    largeOverSmall: ratio(large, small),
    rollupsOverNone: ratio(small, bare),
  }
}

/** The same few results in a database that keeps no rollups. */
async function copyWithoutRollups(small: string): Promise<string> {
  const bare = Object.assign(new URL(small), { pathname: '/bare' }).href
  const admin = Object.assign(new URL(small), { pathname: '/postgres' }).href
  await withSql(admin, async (sql) => {
    await sql.exec('drop database if exists bare')
    await sql.exec('create database bare template small')
  })
  await withSql(bare, (sql) =>
    sql.exec('alter table public.benchmark_results disable trigger keep_rollups_on_insert'),
  )
  return bare
}

async function open(connectionString: string, sql: Sql): Promise<Recorder> {
  const client = new Client({ connectionString })
  await client.connect()
  return { client, sql, times: [] }
}

/** A round: every target in every region, planned beforehand; only record_result is timed. */
async function record({ client, sql, times }: Recorder, counts: boolean): Promise<void> {
  const plans = await planRuns(sql)
  const inputs = (await Promise.all(plans.map(inputsOf))).flat()
  const taken: number[] = []
  for (const input of inputs) {
    const began = performance.now()
    await client.query('select public.record_result($1::text::jsonb)', [input])
    taken.push(performance.now() - began)
  }
  if (counts) times.push(taken)
}

async function planRuns(sql: Sql): Promise<Plan[]> {
  const { rows } = await sql.query('select provider, model from bench.targets order by n')
  const store = createSqlStore(sql)
  return Promise.all(
    regions.map(async (region) => {
      const probes = rows.map((row) => {
        const target = {
          provider: String(row['provider']),
          model: String(row['model']),
          parameters: { reasoning: 'least' as const },
          region: null,
        }
        return sampleProbe(target, { id: newId(), resultId: newId(), region, series: '84e1c6c6c17bf40e' })
      })
      const providers = [...new Set(probes.map(({ target }) => target.provider))].map((id) => ({
        id,
        name: id,
        baseUrl: `https://api.${id}.example/v1`,
        logoUrl: null,
        synthetic: false,
      }))
      const plan = samplePlan([], { id: newId(), name: runName, probes, providers })
      await store.startRun(plan, region)
      return plan
    }),
  )
}

/** What record_result gets from the program, as text. */
function inputsOf(plan: Plan): Promise<string[]> {
  const random = seededRandom(3)
  return Promise.all(
    plan.probes.map(async (probe) => {
      const result = sampleResult(plan, probe, {
        startedAt: new Date(),
        requestId: newId(),
        retryAfterMs: null,
        timingQuality: 'ok',
        responseText: 'The river follows the long way home. '.repeat(8),
        timeline: timelineOf(210, random),
        ttftMs: 250 + 500 * random(),
        ttfaMs: 250 + 500 * random(),
        tps: 60 + 200 * random(),
        totalLatencyMs: 1500 + 1500 * random(),
      })
      return JSON.stringify(toRecordInput(await encodeResult(result)))
    }),
  )
}

/** Takes the results away again; their hours are made anew without them. */
async function clear(sql: Sql): Promise<void> {
  await sql.query('delete from public.runs where run_name = $1', [runName])
  await sql.exec(
    'vacuum analyze public.runs, public.rollups_hourly, public.rollups_daily, public.samples_daily',
  )
}
