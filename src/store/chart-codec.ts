import { z } from 'zod'
import { count, figure, moment, text } from './read-codec.ts'
import { track } from './statistics-codec.ts'

// What the charts of targets are made of, with the database's names.

/** Columns of a chart: null where nothing was called. */
const column = z.array(figure)

export const series = z.object({
  metric: z.string(),
  t0: moment,
  step_s: count,
  n_points: count,
  lines: z.array(z.object({ ...track, series: text, n: column, p50: column, p95: column, failed: column })),
})

export const distribution = z.object({
  metric: z.string(),
  since: moment,
  until: moment,
  lines: z.array(
    z.object({
      ...track,
      series: text,
      n: count,
      /** The values at 0, 1, ... 100 percent of the samples. */
      percentiles: z.array(z.number()),
      p50: figure,
      p95: figure,
      p99: figure,
    }),
  ),
})

const phase = z.object({ n: count, p50_ms: figure })

export const phases = z.object({
  since: moment,
  until: moment,
  rows: z.array(
    z.object({
      ...track,
      series: text,
      n: count,
      /** The first of the calls: it is later than what was asked for if there are very many. */
      since: moment,
      phases: z.object({
        dns: phase,
        tcp: phase,
        tls: phase,
        wait: phase,
        reasoning: phase,
        answer: phase,
      }),
    }),
  ),
})

/** Columns: each has an entry for each point. */
export const points = z.object({
  t0: moment,
  /** Whether there are more, which are left out. */
  more: z.boolean(),
  lines: z.array(z.object({ ...track, series: text })),
  ids: z.array(z.string()),
  /** A place in `lines`. */
  line: z.array(count),
  /** After `t0`. */
  at_ms: z.array(count),
  ttft: column,
  ttfa: column,
  tps: column,
  latency: column,
  /** `<fault_domain>.<error_kind>`; null if it succeeded. */
  errors: z.array(text),
})

export const outages = z.object({
  rows: z.array(
    z.object({
      ...track,
      since: moment,
      last_failed_at: moment,
      /** The first check that succeeded again; null if none has. */
      until: moment.nullable(),
      n_failed: count,
      /** How many by their kind. */
      errors: z.record(z.string(), count),
    }),
  ),
})
