import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../src/core/clock.ts'
import type { Target } from '../src/core/plan.ts'
import type { ConfiguredProvider } from '../src/core/provider.ts'
import { startLagMonitor } from '../src/probe/lag.ts'
import { probe } from '../src/probe/probe.ts'
import { warmUp } from '../src/probe/sdk.ts'
import { syntheticEntry } from '../src/registry/custom.ts'
import { defaultSettings } from '../src/registry/prompts.ts'
import { execute } from '../src/run/execute.ts'
import { makePlan, sha256 } from '../src/run/plan.ts'
import type { Sql } from '../src/store/connection.ts'
import { openEmbedded } from '../src/store/embedded.ts'
import { migrate, readMigrations } from '../src/store/migrate.ts'
import { createSqlStore } from '../src/store/sql.ts'
import { startSyntheticWorker } from '../src/synthetic/worker.ts'
import { atMost, median, printBench, round } from './goals.ts'

// What a run adds to its probes: 20 targets of 500 ms, one after another, recorded in the embedded database. The baseline is
// the probes' own time (connecting and answering) in the same run.
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
  const targets: Target[] = Array.from({ length: targetCount }, (_, index) => ({
    provider: 'synthetic',
    // 500 ms: the first of 36 tokens after 150 ms, the others 10 ms apart.
    model: `synthetic-bench-${index}/ttft_ms/150/frames/36/delay_ms/10`,
    parameters: { reasoning: 'least' },
    region: null,
  }))
  const prompt = 'overhead'
  const plan = makePlan({
    name: 'overhead',
    trigger: 'manual',
    mode: 'multi',
    schedule: null,
    slot: null,
    region: 'local',
    runs: 1,
    targets,
    adhoc: true,
    providers: [provider],
    priceOf: () => null,
    lateAt: null,
    budget: null,
    random: Math.random,
    uuid: randomUUID,
    settings: {
      prompt,
      promptHash: sha256(prompt),
      maxTokens: 512,
      temperature: 0.7,
      timeouts: defaultSettings.timeouts,
      order: 'sequential',
      confirm: false,
    },
  })
  const lag = startLagMonitor(systemClock)
  const began = performance.now()
  let probesMs = 0
  const events = execute(plan, {
    store: createSqlStore(sql),
    clock: systemClock,
    random: Math.random,
    providers: [provider],
    measure: (call) => probe(call, { clock: systemClock, lag, env: {} }),
    owner: 'bench',
    region: 'local',
    budget: null,
    spool: null,
    uuid: randomUUID,
    sleep: setTimeout,
    stop: new AbortController().signal,
  })
  let recorded = 0
  for await (const event of events) {
    if (event.type !== 'result' || !event.receipt.recorded || !event.result.success) continue
    recorded += 1
    probesMs += event.result.totalLatencyMs + (event.result.connectMs ?? 0)
  }
  const wallMs = performance.now() - began
  lag.close()
  if (recorded !== targetCount) throw new Error(`only ${recorded} of ${targetCount} probes were recorded`)
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
const server = await startSyntheticWorker()
const sql = await openEmbedded({
  dir,
  prepare: async (fresh) => void (await migrate(fresh, readMigrations())),
})
try {
  const entry = syntheticEntry(server.url)
  const provider = { entry, baseUrl: server.url, key: null, synthetic: true, trusted: true }
  await warmUp(['openai'])
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
  await server.close()
  rmSync(dir, { recursive: true, force: true })
}
