import { z } from 'zod'
import { type Monitoring, targetStates } from '../core/monitoring.ts'
import { incidentKinds, severities } from '../core/incident.ts'
import { date, fromColumns } from './columns.ts'
import { price } from './price-codec.ts'

/** What `read_metrics` shows: real targets or synthetic ones, and how punctual this schedule is. */
export interface MonitoringInput {
  schedule: string
  synthetic: boolean
}

const figure = z.number().nullable()

const last = fromColumns(
  z.object({
    at: date,
    series: z.string().nullable(),
    success: z.boolean(),
    ttftMs: figure,
    ttfaMs: figure,
    latencyMs: figure,
    tps: figure,
    costUsd: figure,
    inputTokens: figure,
    outputTokens: figure,
    reasoningTokens: figure,
    timingQuality: z.enum(['ok', 'degraded', 'untrusted']).nullable(),
  }),
)

const totals = fromColumns(
  z.object({
    since: date.nullable(),
    calls: z.number(),
    ok: z.number(),
    failures: z.record(z.string(), z.number()),
    answers: z.number(),
    costUnknown: z.number(),
    inputTokens: z.number(),
    outputTokens: z.number(),
    reasoningTokens: z.number(),
    costUsd: z.number(),
  }),
)

const target = fromColumns(
  z.object({
    targetId: z.string(),
    provider: z.string(),
    model: z.string(),
    region: z.string(),
    state: z.enum(targetStates),
    intervalS: figure,
    last: last.nullable(),
    lastSuccessAt: date.nullable(),
    inFlight: z.number(),
    price: price.nullable(),
    totals,
  }),
)

const incidents = fromColumns(
  z.object({
    open: z.array(
      fromColumns(
        z.object({
          kind: z.enum(incidentKinds),
          severity: z.enum(severities),
          provider: z.string().nullable(),
          model: z.string().nullable(),
          region: z.string().nullable(),
          targetId: z.string().nullable(),
          openedAt: date,
        }),
      ),
    ),
    opened: z.record(z.string(), z.number()),
    resolved: z.record(z.string(), z.number()),
  }),
)

const channel = fromColumns(
  z.object({
    name: z.string(),
    enabled: z.boolean(),
    nWaiting: z.number(),
    waitingSince: date.nullable(),
    nSent: z.number(),
    nDead: z.number(),
  }),
)

export const monitoringOutput: z.ZodType<Monitoring> = fromColumns(
  z.object({
    now: date,
    schedule: fromColumns(
      z.object({ slot: date, lateAt: date.nullable(), lastFinishedAt: date.nullable() }),
    ).nullable(),
    nRunning: z.number(),
    spentTodayUsd: z.number(),
    incidents,
    channels: z.array(channel),
    judgedUntil: date.nullable(),
    nTargets: z.number(),
    targets: z.array(target),
  }),
)
