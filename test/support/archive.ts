import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { archiveCommand } from '../../src/cli/archive.ts'
import type { App } from '../../src/jobs/app.ts'
import { type JsonRow, readParquet } from '../../src/report/parquet.ts'
import type { Sql } from '../../src/store/connection.ts'
import type { Store } from '../../src/store/store.ts'
import { execute } from './output.ts'
import { recordResult } from './record-result.ts'
import { failedResult, samplePlan, sampleProbe, sampleResult, sampleTarget } from './samples.ts'

/** An empty folder for an archive. */
export const archiveFolder = (): string => join(mkdtempSync(join(tmpdir(), 'firsttoken-archive-')), 'archive')

/** Runs the command at a moment. */
export function archive(store: Store, argv: string[], now = '2025-03-10T12:00:00Z') {
  const app = {
    store: {
      name: 'a store',
      embedded: false,
      open: () => Promise.resolve({ ...store, close: () => Promise.resolve() }),
    },
    clock: { date: () => new Date(now) },
    config: { retention: { archive: null } },
  } as unknown as App
  return execute(archiveCommand, argv, { openApp: () => app })
}

/** Records a success and a failure that began at a moment, and returns their ids. */
export async function recordPair(store: Store, startedAt: string, region = 'fra'): Promise<string[]> {
  const probes = ['a', 'b'].map((model) => sampleProbe(sampleTarget(model), { region }))
  const plan = samplePlan([], { probes })
  await store.startRun(plan, region)
  const more = { startedAt: new Date(startedAt) }
  const [first, second] = probes
  if (first === undefined || second === undefined) throw new Error('the plan has no probes')
  await recordResult(store, sampleResult(plan, first, more))
  await recordResult(store, failedResult(plan, second, more))
  await store.finishRun({ runId: plan.id, status: 'finished' })
  return probes.map(({ resultId }) => resultId)
}

/** The files under a folder, in order. */
export const filesIn = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .toSorted()

/** The rows of a file of an archive. */
export async function rowsOf(path: string): Promise<JsonRow[]> {
  const rows: JsonRow[] = []
  for await (const page of readParquet(path)) rows.push(...page.rows)
  return rows
}

/** The results as the database has them, without texts, as text. */
export async function storedRows(sql: Sql, where: string): Promise<JsonRow[]> {
  const { rows } = await sql.query(
    `select to_jsonb(b) - 'response_text' as row from benchmark_results b where ${where} order by created_at, id`,
  )
  return rows.map(({ row }) => row as JsonRow)
}
