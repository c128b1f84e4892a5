import { seededRandom } from '../../src/core/random.ts'
import type { Level } from '../../src/core/plan.ts'
import { describeSweep, type SweepRow } from '../../src/report/describe-sweep.ts'
import type { SweepData } from '../../src/report/sweep-data.ts'
import { dueTimes } from '../../src/lab/arrivals.ts'

/** What is loaded: an endpoint that makes so many answers at once, first come, first served. */
interface Sample {
  loads: readonly ({ concurrency: number } | { rate: number })[]
  total?: number
  slots?: number
  tiers?: readonly (number | null)[]
  models?: readonly string[]
  /** Every so many-th request fails. */
  failing?: number
  settings?: Record<string, unknown>
  run?: Partial<SweepData['run']>
  message?: string
}

const startedAt = Date.UTC(2026, 10, 29, 12)
const iso = (ms: number): string => new Date(startedAt + ms).toISOString()

/** A sweep as it would be recorded, worked out by the recursion of a queue, the same each time. */
export function sweepSample({
  loads,
  total = 60,
  slots = 8,
  tiers = [null],
  models = ['synthetic-1'],
  failing = Infinity,
  settings = {},
  run = {},
  message = 'Too many requests',
}: Sample): SweepData {
  const random = seededRandom(7)
  const levels: Level[] = models.flatMap((model) =>
    tiers.flatMap((contextTokens) =>
      loads.map((load) => ({
        provider: 'synthetic',
        model,
        contextTokens,
        load:
          'rate' in load
            ? { rate: load.rate, arrivals: 'poisson' as const, seed: 1, slots: 256 }
            : { concurrency: load.concurrency, staggerMs: 250 },
        warmups: 'rate' in load ? 10 : load.concurrency,
        total,
      })),
    ),
  )
  const made = { origin: 0, number: 0 }
  const rows = levels.flatMap((level, place): SweepRow[] => {
    const all = level.warmups + level.total
    const due =
      'rate' in level.load ? dueTimes({ rate: level.load.rate, arrivals: 'poisson' }, all, random) : null
    const clients =
      'rate' in level.load
        ? []
        : Array.from({ length: level.load.concurrency }, (_, client) => (client * 250) / all)
    const free = Array.from({ length: slots }, () => 0)
    const origin = made.origin
    const results = Array.from({ length: all }, (_, index): SweepRow => {
      made.number += 1
      const client = clients.indexOf(Math.min(...clients))
      const sent = due?.[index] ?? clients[client] ?? 0
      const late = due === null ? null : 0.2 + random()
      const slot = free.indexOf(Math.min(...free))
      const begun = Math.max(free[slot] ?? 0, sent)
      const [toFirst, tokens] = [55 + (level.contextTokens ?? 0) / 40 + 20 * random(), 30]
      const tpot = 5.6 + 0.8 * random()
      const end = begun + toFirst + tpot * (tokens - 1)
      free[slot] = end
      if (due === null) clients[client] = end + 0.3
      made.origin = Math.max(made.origin, origin + end)
      const success = made.number % failing !== 0
      return {
        level: place,
        iteration: index,
        series: 'a1',
        warmup: index < level.warmups,
        scheduled_at: due === null ? null : iso(origin + sent),
        late_ms: late,
        started_at: iso(origin + sent),
        queue_ms: 0,
        connect_ms: 0,
        success,
        error_kind: success ? null : 'rate_limited',
        error_message: success ? null : message,
        ttft_ms: success ? begun - sent + toFirst : null,
        ttfa_ms: success ? begun - sent + toFirst : null,
        tpot_ms: success ? tpot : null,
        itl_p50_ms: success ? tpot : null,
        itl_p95_ms: success ? tpot + 4 * random() ** 3 : null,
        total_latency_ms: success ? end - sent : 40,
        input_tokens: 40 + (level.contextTokens ?? 0),
        output_tokens: success ? tokens : null,
        cost_usd: success ? 0.0002 : null,
        timing_quality: 'ok',
        lag_p99_ms: 0.5,
        context_tokens: level.contextTokens,
        context_tokens_counted: level.contextTokens,
        cached_tokens: null,
        parameters: {},
        prompt_hash: 'b2',
        region: 'local',
      }
    })
    made.origin += 500
    return results
  })
  const failed = rows.filter(({ success }) => !success).length
  return {
    run: {
      id: '0199aa00-0000-7000-8000-000000000016',
      status: 'finished',
      synthetic: true,
      started_at: iso(0),
      finished_at: iso(made.origin),
      n_probes: rows.length,
      n_succeeded: rows.length - failed,
      n_failed: failed,
      n_skipped: 0,
      ...run,
    },
    settings: {
      prompt: 'Explain in one paragraph what a queue is.',
      max_tokens: 64,
      temperature: 0.7,
      timeouts: { total: 120_000 },
      made_with: {
        command: 'pnpm tsx scripts/sweep.ts --synthetic --concurrency 1,2,4,8 --total 60 --slo ttft=200ms',
        version: '0.1.0',
        node: 'v24.21.0',
        machine: 'linux x64, 2 × AMD EPYC 7B13',
      },
      ...settings,
    },
    levels,
    rows,
  }
}

/** Describes a sample by some objectives. */
export const describedSample = ({ levels, rows }: SweepData, objectives = {}) =>
  describeSweep(levels, rows, { objectives, cpuShares: new Map() })
