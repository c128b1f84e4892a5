import { z } from 'zod'
import type { Estimate } from '../jobs/estimate.ts'
import { toColumns } from '../store/columns.ts'
import type { Job, StartRate } from '../store/job-codec.ts'
import { apiPath } from './paths.ts'
import { progress } from './progress.ts'

const count = z.int()
const named = { provider: z.string(), model: z.string() }

/** What a run on demand would take. */
const estimateRow = z
  .strictObject({
    /** Of a sweep that grows while it goes, the most that it may come to, and the calls that it begins with; else null. */
    probes: count,
    begins_with: count.nullable(),
    skipped: z.array(
      z.strictObject({ ...named, context_tokens: count.nullable(), reason: z.string(), n: count }),
    ),
    /** The most that the calls with a known price may cost. */
    cost_usd: z.number(),
    unpriced: z.array(z.strictObject({ ...named, is_free: z.boolean(), n: count })),
    /** If calls take as long as they usually do, null if nobody knows; and at most. */
    seconds: z.number().nullable(),
    longest_seconds: z.number(),
  })
  .meta({ id: 'Estimate' })

/** What asking for an estimate answers. */
export const estimated = z.strictObject({
  estimate: estimateRow,
  notes: z.array(z.string()),
  /** Null if it would not be refused for its costs. */
  would_refuse: z.strictObject({ kind: z.string(), detail: z.string() }).nullable(),
})

type EstimateRow = z.infer<typeof estimateRow>

export const toEstimateRow = ({ skipped, unpriced, ...rest }: Estimate): EstimateRow =>
  ({
    ...toColumns(rest),
    skipped: skipped.map(toColumns),
    unpriced: unpriced.map(toColumns),
  }) as unknown as EstimateRow

const links = z.strictObject({ self: z.string(), events: z.string(), cancel: z.string(), run: z.string() })

/** Where what belongs to a run on demand is. */
export const linksOf = (id: string): z.infer<typeof links> => ({
  self: `${apiPath}/benchmarks/${id}`,
  events: `${apiPath}/benchmarks/${id}/events`,
  cancel: `${apiPath}/benchmarks/${id}/cancel`,
  run: `${apiPath}/runs/${id}`,
})

const jobShape = {
  job_id: z.uuid(),
  status: z.enum(['queued', 'running', 'finished', 'cancelled', 'abandoned', 'missed']),
  /** 1 is the next to start; null if it does not wait. */
  place: count.nullable(),
  links,
}

/** A run on demand that waits its turn. */
export const startedJob = z
  .strictObject({
    ...jobShape,
    /** False if the same request had started it before. */
    created: z.boolean(),
    estimate: estimateRow,
    /** What a person should know before it begins. */
    notes: z.array(z.string()),
  })
  .meta({ id: 'StartedJob' })

const moment = z.iso.datetime({ offset: true })

const listedShape = {
  ...jobShape,
  mode: z.string(),
  synthetic: z.boolean(),
  /** When it began; until then, when it was asked for. */
  started_at: moment,
  finished_at: moment.nullable(),
  n_probes: count,
  n_succeeded: count,
  n_failed: count,
  n_skipped: count,
}

/** A run on demand in a list; it is counted when it is closed. */
export const listedJob = z
  .strictObject({ ...listedShape, providers: z.array(z.string()), models: z.array(z.string()) })
  .meta({ id: 'ListedJob' })

/** Runs on demand: those that wait, in their order, those at work, and the latest of the others. */
export const jobList = z.strictObject({
  queued: z.array(listedJob),
  running: z.array(listedJob),
  recent: z.array(listedJob),
})

/** A run on demand as it is now. */
export const jobRow = z
  .strictObject({
    ...listedShape,
    /** Somebody asked to cancel it, and its calls in progress are ending. */
    is_cancelling: z.boolean(),
    progress,
    /** Where to follow it from: `after` of its events. */
    last_event: z.string(),
  })
  .meta({ id: 'Job' })

/** The fields of a run on demand that its answers share. */
export function jobFields({ run, place }: Pick<Job, 'run' | 'place'>) {
  const { id, status, mode, synthetic, startedAt, finishedAt } = run
  return {
    job_id: id,
    status,
    place,
    links: linksOf(id),
    mode,
    synthetic,
    started_at: startedAt.toISOString(),
    finished_at: finishedAt?.toISOString() ?? null,
  }
}

/**
 * How many starts are left, in the fields of draft-ietf-httpapi-ratelimit-headers: those up to its sixth version, which clients know, and
 * those since its eighth.
 */
export function rateHeaders({ limit, remaining, resetS }: StartRate): Record<string, string> {
  if (limit === null || remaining === null) return {}
  return {
    'ratelimit-limit': String(limit),
    'ratelimit-remaining': String(remaining),
    'ratelimit-reset': String(resetS),
    'ratelimit-policy': `"starts";q=${limit};w=3600`,
    ratelimit: `"starts";r=${remaining};t=${resetS}`,
  }
}
