import type { Level } from '../../src/core/plan.ts'
import { seededRandom } from '../../src/core/random.ts'
import type { RecordedSweep } from '../../src/jobs/read-sweep.ts'
import { dueTimes } from '../../src/lab/arrivals.ts'
import type { SweepRow } from '../../src/report/describe-sweep.ts'
import type { RunRow } from '../../src/store/store.ts'
import { serve } from './fifo-queue.ts'

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
  lag_p99_ms: 0.5,
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

/** A level of an open loop with Poisson arrivals. */
export const poissonLevel = (rate: number, total: number, seed = 7): Level => ({
  provider: 'a',
  model: 'm',
  contextTokens: null,
  warmups: 10,
  total,
  load: { rate, arrivals: 'poisson', seed, slots: 256 },
})

/** What a server does: how many at once, how long each takes, how much that varies (0.02 is 2 %), how many fail. */
interface Served {
  slots?: number
  serviceMs?: number
  varies?: number
  failing?: number
  /** Of what varies and fails. */
  seed?: number
}

const normalOf = (random: () => number) => () =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

/** The requests of an open-loop level as a queue serves them, in virtual time: 100 ms of 290 to the first token. */
export function queuedRows(
  { load, warmups, total }: Level,
  { slots = 4, serviceMs = 290, varies = 0.02, failing = 0, seed = 1 }: Served = {},
  level = 0,
): SweepRow[] {
  if (!('rate' in load)) throw new Error('a closed loop has no arrivals')
  const due = dueTimes(
    { rate: load.rate, arrivals: 'poisson' },
    warmups + total,
    seededRandom(load.seed ?? 0),
  )
  const random = seededRandom(seed)
  const normal = normalOf(random)
  const services = due.map(() => serviceMs * (1 + varies * normal()))
  return serve(due, slots, (index) => services[index] ?? 0).map(({ wait, end }, index) => {
    const isFailed = random() < failing
    const first = wait + (services[index] ?? 0) * (100 / 290)
    return sweepRow({
      level,
      iteration: Math.max(0, index + 1 - warmups),
      warmup: index < warmups,
      scheduled_at: momentAt(due[index] ?? 0),
      late_ms: 0.1,
      started_at: momentAt((due[index] ?? 0) - 5),
      success: !isFailed,
      error_kind: isFailed ? 'overloaded' : null,
      ttft_ms: isFailed ? null : first,
      ttfa_ms: isFailed ? null : first,
      tpot_ms: isFailed ? null : (services[index] ?? 0) / 29,
      total_latency_ms: end - (due[index] ?? 0),
      output_tokens: isFailed ? null : 20,
    })
  })
}

/** A sweep of one open-loop level of a queue. */
export const queuedSweep = (served: Served = {}, level: Level = poissonLevel(11, 300)): RecordedSweep =>
  recordedSweep([level], queuedRows(level, served))

/** The requests of a closed loop of so many clients, each taking `serviceMs` with the given variation. */
export function loopRows(
  { load, warmups, total }: Level,
  { serviceMs = 290, varies = 0.02, seed = 1 }: Served = {},
  level = 0,
): SweepRow[] {
  if ('rate' in load) throw new Error('an open loop has no clients')
  const normal = normalOf(seededRandom(seed))
  const free = Array.from(
    { length: load.concurrency },
    (_, client) => (client * serviceMs) / load.concurrency,
  )
  return Array.from({ length: warmups + total }, (_, index) => {
    const at = Math.min(...free)
    const service = serviceMs * (1 + varies * normal())
    free[free.indexOf(at)] = at + service
    return sweepRow({
      level,
      iteration: Math.max(0, index + 1 - warmups),
      warmup: index < warmups,
      started_at: momentAt(at),
      ttft_ms: service / 3,
      ttfa_ms: service / 3,
      tpot_ms: service / 29,
      total_latency_ms: service,
      output_tokens: 20,
    })
  })
}
