import { join } from 'node:path'
import { openEmbedded } from '../../src/embedded/embedded.ts'
import type { LevelReport } from '../../src/lab/describe-level.ts'
import { command } from '../../test/support/command.ts'

/** A sweep as its JSON has it, as far as a bench needs it. */
export interface Swept {
  run: { id: string } | null
  levels: { report: SnakeReport; ttft_p50: number | null; dur_p50: number | null; rps: number }[]
}

/** Some figures of a level's report. */
interface SnakeReport {
  n: number
  client_limits: LevelReport['clientLimits']
  lateness: { p50: Percentile; p99: Percentile } | null
  from_scheduled: {
    ttft_ms: { p99: Percentile }
    total_latency_ms: { p50: Percentile; p99: Percentile }
  } | null
  from_sent: { total_latency_ms: { p50: Percentile; p99: Percentile } }
}

type Percentile = { value: number } | null

/** Makes a sweep of an endpoint by the command, and reads its report. */
export async function sweepOf(url: string, load: readonly string[], cwd: string): Promise<Swept> {
  const args = ['--base-url', url, '--model', 'synthetic-1', ...load, '--json']
  const { code, stdout, stderr } = await command('sweep.ts', args, { cwd })
  if (code !== 0) throw new Error(`sweep.ts ended with ${code}: ${stderr}`)
  return JSON.parse(stdout) as Swept
}

/** A request as it was recorded, in ms. */
export interface Seen {
  level: number
  warmup: boolean
  dueMs: number
  lateMs: number
  ttftMs: number
  latencyMs: number
}

/** The requests of a recorded sweep, in order of when they were due. */
export async function requestsOf({ run }: Swept, cwd: string): Promise<Seen[]> {
  const sql = await openEmbedded({ dir: join(cwd, '.data') })
  const { rows } = await sql.query(
    `select b.level, b.warmup, p.due_ms, b.late_ms, b.ttft_ms, b.total_latency_ms
      from benchmark_results b join probes p on p.id = b.probe_id where b.run_id = $1 order by p.due_ms`,
    [run?.id],
  )
  await sql.close()
  return rows.map((row) => ({
    level: Number(row['level']),
    warmup: row['warmup'] === true,
    dueMs: Number(row['due_ms']),
    lateMs: Number(row['late_ms']),
    ttftMs: Number(row['ttft_ms']),
    latencyMs: Number(row['total_latency_ms']),
  }))
}
