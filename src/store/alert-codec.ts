import { z } from 'zod'
import { incidentKinds, type Transition, resolveReasons, severities } from '../core/incident.ts'
import type { JsonObject } from '../core/json.ts'
import { objectives } from '../core/objective.ts'
import { faultDomains } from '../core/outcome.ts'
import type { AlertStore, Evaluation } from './alert-store.ts'
import { date, fromColumns, toColumns } from './columns.ts'
import { incident, subject } from './incident-codec.ts'
import { pageOf } from './page.ts'
import { count, figure, text } from './read-codec.ts'

// ---- to the database

/** What an evaluation decided as `apply_transitions` takes it. */
export const toApplyInput = ({ transitions, ...rest }: Evaluation): JsonObject => ({
  ...toColumns(rest),
  transitions: transitions.map(toTransition),
})

function toTransition(transition: Transition): JsonObject {
  if (transition.do !== 'open') {
    const { incident: changed, ...rest } = transition
    return toColumns({ id: changed.id, ...rest })
  }
  const { subject: about, ...rest } = transition
  return toColumns({ ...rest, ...about })
}

/** Scopes as `mark_evaluated` takes them. */
export const toMarkInput = ({ scopes }: Parameters<AlertStore['markEvaluated']>[0]): JsonObject => ({
  scopes: scopes.map(toColumns),
})

// ---- what is evaluated

/** What happened before to a kind of incident of a scope. */
const past = z.object({
  /** How often it opened in 24 hours. */
  opened: count,
  /** How the last one ended, if in these 30 days. */
  last: fromColumns(
    z.object({ resolvedAt: date, reason: z.enum(resolveReasons), severity: z.enum(severities) }),
  ).nullable(),
})

/**
 * Until when results are evaluated, as a whole ms: rounded up, because what was recorded some microseconds after that would be
 * evaluated again and again.
 */
const evaluatedUntil = z.iso.datetime({ offset: true }).transform((at) => {
  const [, beyond = ''] = /\.\d{3}(\d*)/.exec(at) ?? []
  return new Date(new Date(at).getTime() + (Number(beyond) > 0 ? 1 : 0))
})

/** What every judgement needs to know of its scope, and what `apply_transitions` must be told. */
const watched = {
  scope: z.string(),
  version: count,
  evaluatedUntil,
  subject,
  open: z.array(incident),
  past: z.partialRecord(z.enum(incidentKinds), past),
}

/** The numbers of rules that are set, by kind and name; some may be of another version. */
const rules = z.record(z.string(), z.json()).default({})

const state = z.enum(['up', 'failing', 'down', 'stale', 'paused', 'unknown'])
const errorKind = z.enum(Object.keys(faultDomains) as (keyof typeof faultDomains)[]).nullable()
const faultDomain = z.enum(['provider', 'account', 'config', 'excluded', 'self']).nullable()
const baseline = z.object({ n: count, days: count, p50: z.number(), p95: z.number() })

const period = z.object({ n: count, bad: count, since: date.nullable() })

export const targetInputs = z.object({
  now: date,
  rules,
  more: z.boolean(),
  rows: z.array(
    fromColumns(
      z.object({
        ...watched,
        state,
        since: date.nullable(),
        lastCheckAt: date.nullable(),
        firstCheckAt: date.nullable(),
        intervalMs: figure,
        checks: z.array(fromColumns(z.object({ at: date, ok: z.boolean(), errorKind }))),
        attempts: z.array(fromColumns(z.object({ at: date, success: z.boolean(), faultDomain, errorKind }))),
        samples: z.array(
          fromColumns(
            z.object({
              at: date,
              series: z.string(),
              ttftMs: figure,
              latencyMs: z.number(),
              tps: figure,
              outputTokens: count.nullable(),
            }),
          ),
        ),
        baseline: z.partialRecord(z.enum(['ttft', 'latency', 'tpot']), baseline),
        limits: fromColumns(z.object({ ttftMs: figure.default(null), latencyMs: figure.default(null) })),
        objectives: z.array(
          fromColumns(
            z.object({
              objective: z.enum(objectives),
              share: z.number(),
              withinMs: figure,
              day: period,
              week: period,
            }),
          ),
        ),
      }),
    ),
  ),
})

export const providerInputs = z.object({
  now: date,
  rules,
  rows: z.array(
    fromColumns(
      z.object({
        ...watched,
        targets: z.array(
          fromColumns(
            z.object({
              scope: z.string(),
              targetId: z.string(),
              model: z.string(),
              state,
              since: date.nullable(),
              down: incident.nullable(),
            }),
          ),
        ),
      }),
    ),
  ),
})

const spent = z.object({ since: date, usd: z.number() })

export const systemInputs = fromColumns(
  z.object({
    ...watched,
    now: date,
    rules,
    lastFinishedAt: date.nullable(),
    lastRun: fromColumns(z.object({ id: z.string(), finishedAt: date, ownOutage: text })).nullable(),
    spent: z.object({ day: spent, month: spent }),
    calibration: fromColumns(z.object({ at: date, host: z.string(), p99Ms: z.number() })).nullable(),
  }),
)

const rates = fromColumns(z.object({ inputPerM: z.number(), outputPerM: z.number() }))

export const modelInputs = z.object({
  now: date,
  rules,
  rows: z.array(
    fromColumns(
      z.object({
        ...watched,
        hasActiveTarget: z.boolean(),
        missedSyncs: count,
        lastSync: z.object({ id: z.string(), at: date }).nullable(),
        priceChange: z.object({ at: date, before: rates, after: rates, source: z.string() }).nullable(),
        answers: z.array(fromColumns(z.object({ at: date, responseModel: z.string() }))),
      }),
    ),
  ),
})

export const driftInputs = pageOf(
  fromColumns(
    z.object({
      ...watched,
      state,
      firstCheckAt: date.nullable(),
      series: text,
      days: z.array(
        fromColumns(z.object({ day: date, n: count, ttftMs: figure, latencyMs: figure, tpotMs: figure })),
      ),
    }),
  ),
).extend({ now: date, rules })

export const appliedOutput = z.object({ applied: z.boolean(), version: count })
export const markedOutput = z.object({ marked: count })
export const remindedOutput = z.object({ reminded: count })
