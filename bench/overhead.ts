import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ConfiguredProvider } from '../src/core/provider.ts'
import type { Sql } from '../src/store/connection.ts'
import { openEmbedded } from '../src/embedded/embedded.ts'
import { migrate, readMigrations } from '../src/store/migrate.ts'
import { createSqlStore } from '../src/store/sql.ts'
import { atMost, median, printBench, round } from './goals.ts'
import { planSynthetic, runSynthetic, startSynthetic } from './synthetic/run.ts'

// What a run adds to its probes: 20 targets of 500 ms, one after another, recorded in the embedded database.
// The baseline is the probes' own time (connecting and answering) in the same run.
const targetCount = 20
const runs = 3

/** Counts statements, and answers each only after `latencyMs`, as a database across a continent would. */
function counted(sql: Sql, latencyMs: number): { sql: Sql; calls: () => number } {
  let calls = 0
  const query: Sql['query'] = async (text, values) => {
    calls += 1
    if (latencyMs > 0) await sleep(latencyMs)
    return sql.query(text, values)
  }
  return { sql: { ...sql, query }, calls: () => calls }
}

interface Figures {
  latencyMs: number
  wallMs: number
  probesMs: number
  overheadPerProbeMs: number
  roundTripsPerProbe: number
}

async function measure(provider: ConfiguredProvider, base: Sql, latencyMs: number): Promise<Figures> {
  const { sql, calls } = counted(base, latencyMs)
  const plan = planSynthetic(provider, targetCount)
  const began = performance.now()
  const results = await runSynthetic(plan, provider, createSqlStore(sql))
  const wallMs = performance.now() - began
  const recorded = results.filter(({ success }) => success)
  if (recorded.length !== targetCount)
    throw new Error(`only ${recorded.length} of ${targetCount} probes were recorded`)
  const probesMs = recorded.reduce(
    (sum, { total_latency_ms, connect_ms }) => sum + total_latency_ms + (connect_ms ?? 0),
    0,
  )
  return {
    latencyMs,
    wallMs: round(wallMs),
    probesMs: round(probesMs),
    overheadPerProbeMs: round((wallMs - probesMs) / targetCount),
    // start_run and finish_run are the run's, not a probe's.
    roundTripsPerProbe: (calls() - 2) / targetCount,
  }
}

const dir = mkdtempSync(join(tmpdir(), 'firsttoken-bench-'))
const { provider, close } = await startSynthetic()
const sql = await openEmbedded({
  dir,
  prepare: async (fresh) => void (await migrate(fresh, readMigrations())),
})
try {
  const figures: Figures[] = []
  for (let run = 0; run < runs; run += 1) figures.push(await measure(provider, sql, 0))
  figures.push(await measure(provider, sql, 60))
  const near = figures.filter(({ latencyMs }) => latencyMs === 0)
  const far = figures.filter(({ latencyMs }) => latencyMs > 0)
  printBench({
    name: `overhead of a run of ${targetCount} targets of 500 ms, over the probes' own time`,
    figures: figures.map((row) => ({ ...row })),
    goals: [
      atMost('overhead per probe, ms', 25, median(near.map(({ overheadPerProbeMs }) => overheadPerProbeMs))),
      atMost(
        'store round trips per probe',
        2,
        Math.max(...near.map(({ roundTripsPerProbe }) => roundTripsPerProbe)),
      ),
      atMost(
        'store round trips per probe, 60 ms away',
        2,
        Math.max(...far.map(({ roundTripsPerProbe }) => roundTripsPerProbe)),
      ),
    ],
  })
} finally {
  await sql.close()
  await close()
  rmSync(dir, { recursive: true, force: true })
}
