import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Sql } from '../../src/store/connection.ts'
import { dropIndexes } from './load.ts'

/**
 * Where the results come from and go to: two databases of one server, and a directory that the server may
 * write to.
 */
interface Copying {
  from: Sql
  to: Sql
  dir: string
}

/**
 * Fills a database with the five tables as they were before there were rollups, and the same results in the
 * same order.
 */
export async function loadSeed(copying: Copying): Promise<void> {
  const { to } = copying
  await to.exec(readFileSync(join(import.meta.dirname, 'seed.sql'), 'utf8'))
  const indexes = await dropIndexes(to)
  await copy(copying, {
    providers: 'select id, name, base_url, logo_url, created_at from public.providers',
    models: 'select id, name, provider_id, context_window, created_at from public.models',
    prices:
      'select id, provider_id, model_id, input_price_per_m, output_price_per_m, "timestamp" from public.prices',
  })
  await topUpSeed(copying, new Date(0))
  await to.exec(indexes)
  await to.exec('vacuum analyze')
}

/** Copies what was made since a moment at which no run was under way. */
export const topUpSeed = (copying: Copying, since: Date) =>
  copy(copying, {
    runs: `select id, run_name, triggered_by, started_at, finished_at from public.runs where started_at >= '${since.toISOString()}'`,
    benchmark_results: `select id, run_id, provider_id, model_id, provider, model, coalesce(input_tokens, 0),
        coalesce(output_tokens, 0), total_latency_ms, ttft_ms, tps, status_code, success, error_message, response_text,
        coalesce(cost_usd, 0), created_at
      from public.benchmark_results where created_at >= '${since.toISOString()}'`,
  })

/**
 * Copies the rows of queries to the tables that they are named after, by way of a file that the server
 * writes.
 */
async function copy({ from, to, dir }: Copying, queries: Record<string, string>): Promise<void> {
  const file = join(dir, 'copied.bin')
  for (const [table, query] of Object.entries(queries)) {
    await from.exec(`copy (${query}) to '${file}' (format binary)`)
    await to.exec(
      `begin; set local session_replication_role = replica; copy ${table} from '${file}' (format binary); commit`,
    )
  }
  rmSync(file, { force: true })
}
