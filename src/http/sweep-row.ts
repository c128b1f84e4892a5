import { z } from 'zod'
import { count, figure, orNull, runInFull } from '../store/read-codec.ts'
import { levelShape, objectives } from '../store/sweep-codec.ts'

// A sweep as the API shows it: levels have the fields of `scripts/sweep.ts --json`, which docs/sweeps.md explains.

const percentile = orNull(
  z
    .object({
      value: z.number(),
      /** The ends of its 95 % interval; null where the sample is too small for one. */
      low: figure,
      high: figure,
    })
    .meta({ id: 'LevelPercentile' }),
)
const distribution = z
  .object({ n: count, p50: percentile, p90: percentile, p95: percentile, p99: percentile })
  .meta({ id: 'LevelDistribution' })
const times = z
  .object({
    ttft_ms: distribution,
    ttfa_ms: distribution,
    tpot_ms: distribution,
    itl_p95_ms: distribution,
    total_latency_ms: distribution,
  })
  .meta({ id: 'LevelTimes' })
const throughput = z
  .object({
    requests_per_s: z.number(),
    input_tokens_per_s: z.number(),
    output_tokens_per_s: z.number(),
    output_tokens_per_s_per_user: figure,
    in_flight: z.number(),
    little_error: figure,
  })
  .meta({ id: 'LevelThroughput' })
const goodput = z.object({
  good: count,
  /** Those that could be judged, and those that could not. */
  n: count,
  undetermined: count,
  share: figure,
  low: z.number(),
  high: z.number(),
})

/** A level in numbers: times in ms, rates per second. */
const levelReport = z
  .looseObject({
    n: count,
    errors: z.record(z.string(), count),
    /** The steady window of a closed loop, in ms after the level began. */
    window: orNull(z.object({ from: z.number(), to: z.number() })),
    /** Over the window if there is one, else over the whole level. */
    throughput,
    whole: throughput,
    offered_rate: figure,
    achieved_rate: figure,
    /** From when requests were due; null in a closed loop. */
    from_scheduled: orNull(times),
    from_sent: times,
    lateness: orNull(distribution),
    /** How late this machine's event loop was while requests were in flight, in ms. */
    loop_lag: distribution,
    /** About the TTFT of a request that nobody kept waiting, in ms; null of fewer than 20. */
    queue_free_ttft_ms: figure,
    goodput,
    cost_usd: figure,
    /** For how long nobody worked on it until another worker took it over; null if one made it all. */
    interrupted_ms: figure,
    /** Why the figures are not the endpoint's. */
    client_limits: z.array(z.string()),
  })
  .meta({ id: 'LevelReport' })

/** Tokens of all requests that succeeded; null if that of one is unknown. */
const sizes = z
  .object({
    /** Contexts as they were asked for, as our tokenizer counts them, and as they were billed. */
    asked: figure,
    counted: figure,
    billed: figure,
    /** Of what was billed, read from a cache. */
    cached: figure,
    output_limit: figure,
    output: figure,
  })
  .meta({ id: 'LevelSizes' })

/** A level and what came of it. */
const sweptLevel = z
  .looseObject({
    /** Its place, from 0, which its results carry. */
    level: count,
    ...levelShape,
    /** Null if none of its calls that count was made. */
    report: orNull(levelReport),
    sizes,
    wall_ms: figure,
    warmed_up: count,
    not_made: count,
    /** What failed by kind, warm-ups counted apart, and what the first of them said. */
    failures: z.array(
      z.object({ kind: z.string(), n: count, warmups: count, message: z.string().nullable() }),
    ),
    wall: figure,
    rps: figure,
    tps: figure,
    ttft_p50: figure,
    ttft_p95: figure,
    dur_p50: figure,
    dur_p95: figure,
  })
  .meta({ id: 'SweptLevel' })

/** The levels of a target with a context tier, by their places. */
const sweptGroup = z
  .strictObject({
    provider: z.string(),
    model: z.string(),
    context_tokens: figure,
    /** In the order of their loads; and those that say something of the endpoint. */
    levels: z.array(count),
    ranked: z.array(count),
    /** The level beyond which more load brings little, and the one that brought most answers; null if there is none. */
    knee: orNull(count),
    best: orNull(count),
  })
  .meta({ id: 'SweptGroup' })

/** What a search found of a target with a context tier. */
const foundRow = z
  .strictObject({
    provider: z.string(),
    model: z.string(),
    context_tokens: figure,
    by: z.enum(['concurrency', 'rate']),
    most: z.number(),
    /** The share of good requests that was sought; null if it went on while throughput grew. */
    goodput: figure,
    /** The highest level that holds, or beyond which more is no use; and those above it that might hold. */
    highest: figure,
    unresolved: z.array(z.number()),
    stop: z.enum(['marginal', 'errors', 'client_bound', 'limit', 'not_made', 'found', 'unfinished']),
  })
  .meta({ id: 'SearchOutcome' })

/** A sweep with its levels, as far as it has come. */
export const sweepInDetail = z.strictObject({
  run: runInFull.shape.run,
  /** Those that were asked for now, else those that the sweep was started with. */
  objectives,
  settings: runInFull.shape.settings,
  levels: z.array(sweptLevel),
  groups: z.array(sweptGroup),
  /** By target and context tier; empty if the levels were asked for. */
  found: z.array(foundRow),
})
