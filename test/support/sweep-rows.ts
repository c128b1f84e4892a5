import type { Level } from '../../src/core/plan.ts'
import type { RecordedSweep } from '../../src/jobs/read-sweep.ts'
import type { SweepRow } from '../../src/report/describe-sweep.ts'
import type { RunRow } from '../../src/store/store.ts'

/** A moment so many ms after the beginning of a day. */
export const momentAt = (ms: number): string => new Date(Date.UTC(2026, 10, 29) + ms).toISOString()

const sampleRun: RunRow = {
  id: '0f9d2a52-7a4e-4b7e-9d6c-2f6d1c3b5a01',
  run_name: 'a sweep',
  triggered_by: 'manual',
  mode: 'sweep',
  schedule: null,
  slot: null,
  region: 'local',
  status: 'finished',
  status_reason: null,
  synthetic: false,
  started_at: momentAt(0),
  finished_at: momentAt(60_000),
  n_probes: 2,
  n_succeeded: 2,
  n_failed: 0,
  n_skipped: 0,
}

/** A request of a sweep that succeeded, sent as soon as it was due. */
export const sweepRow = (more: Partial<SweepRow> = {}): SweepRow => ({
  level: 0,
  iteration: 1,
  series: 'a1',
  warmup: false,
  scheduled_at: null,
  late_ms: null,
  started_at: momentAt(0),
  queue_ms: 0,
  connect_ms: 0,
  success: true,
  error_kind: null,
  ttft_ms: 100,
  ttfa_ms: 100,
  tpot_ms: 10,
  itl_p95_ms: 12,
  total_latency_ms: 200,
  input_tokens: 30,
  output_tokens: 10,
  cost_usd: 0.001,
  timing_quality: 'ok',
  context_tokens: null,
  context_tokens_counted: null,
  cached_tokens: null,
  parameters: {},
  prompt_hash: 'b2',
  ...more,
})

/** A sweep as it is read from the database. */
export const recordedSweep = (
  levels: Level[],
  rows: SweepRow[],
  { run = {}, settings = {} }: { run?: Partial<RunRow>; settings?: Record<string, unknown> } = {},
): RecordedSweep => ({ run: { ...sampleRun, ...run }, settings, work: null, levels, rows })
