import { z } from 'zod'
import { formulaVersion } from '../core/metrics.ts'
import { version } from '../core/version.ts'
import { type ComparedRuns, compareRuns } from '../jobs/compare-runs.ts'
import { parseThresholds, usualThresholds } from '../report/compare-sweeps.ts'
import { comparisonDocument } from '../report/comparison.ts'
import { count, figure, orNull, runInFull } from '../store/read-codec.ts'
import { objectives, plannedLevel } from '../store/sweep-codec.ts'
import type { Api } from './api.ts'
import { notModified, tagged } from './etag.ts'
import type { oneAtATime } from './in-turn.ts'
import { maybe } from './page.ts'
import type { HttpParts } from './parts.ts'
import { refuse } from './problem-details.ts'
import { slo } from './sweep-query.ts'

const verdict = z.enum(['worse', 'not_worse', 'unknown'])

const comparedMetric = z
  .strictObject({
    metric: z.string(),
    /** Requests of each side that were compared; 0 if a side has none with the metric. */
    n: count,
    /** In ms, per second, or a share of 0..1. */
    before: figure,
    after: figure,
    /** Relative, 0.1 being 10 % more; of a share the difference. With its 95 % interval. */
    change: orNull(z.strictObject({ value: z.number(), low: z.number(), high: z.number() })),
    /** How much worse it may become. */
    over: z.number(),
    verdict,
    /** About how many requests more a side would decide it; null if none would, 0 if it is decided. */
    needs: orNull(count),
    /** Whether it decides if the sweep is worse. */
    gates: z.boolean(),
  })
  .meta({ id: 'ComparedMetric' })

/** Two sweeps, and how the second differs from the first. */
export const sweepComparison = z.strictObject({
  before: runInFull.shape.run,
  after: runInFull.shape.run,
  objectives,
  /** Why they cannot be compared, in words; null if they can. */
  refused: orNull(z.string()),
  /** Of the metrics that decide; null if they cannot be compared. */
  verdict: orNull(verdict),
  /** What came of it in a sentence, and what is to be known of it: what was left out, and why. */
  headline: z.string(),
  notes: z.array(z.string()),
  levels: z.array(
    z
      .strictObject({
        level: plannedLevel,
        n: z.strictObject({ before: count, after: count }),
        /** Whether each request was compared with the one of the same arrival. */
        paired: z.boolean(),
        resemblance: figure,
        metrics: z.array(comparedMetric),
      })
      .meta({ id: 'ComparedLevel' }),
  ),
  left_out: z.array(
    z.strictObject({
      level: plannedLevel,
      /** Which of both lacks it, called nothing at it, or was limited by its own machine. */
      of: z.enum(['before', 'after']),
      why: z.enum(['missing', 'not_called', 'client']),
      limits: z.array(z.string()).optional(),
    }),
  ),
})

/** How much worse metrics may become, as `--fail-over` has it. */
const failOver = maybe(
  z
    .string()
    .max(400)
    .transform((text, context) => {
      const parsed = parseThresholds(text)
      if ('thresholds' in parsed) return parsed.thresholds
      context.addIssue({ code: 'custom', message: parsed.problem })
      return z.NEVER
    })
    .openapi({
      type: 'string',
      description: 'How much worse metrics may become, and those that decide: `ttft_p50=10%,rps=5%`',
    }),
)

/** Two sweeps beside each other. */
export const addSweepComparison = (
  api: Api,
  { openStore }: HttpParts,
  inTurn: ReturnType<typeof oneAtATime>,
): void =>
  api.add(
    {
      method: 'get',
      access: 'read',
      tag: 'sweeps',
      path: '/sweeps/compare',
      summary: 'Whether the second of two sweeps is worse than the first, by level and metric',
      description:
        'The fields are those of `scripts/compare.ts --json`; docs/ci.md explains them. Sweeps that cannot be compared are no problem but an answer, which has both runs, `refused` and no verdict.',
      query: { a: z.uuid(), b: z.uuid(), fail_over: failOver, slo },
      answer: sweepComparison,
    },
    async ({ query: { a, b, fail_over: chosen, slo: kept }, context }) => {
      const thresholds = chosen ?? usualThresholds
      const question = { thresholds, objectives: kept ?? {} }
      if (chosen?.gates.includes('goodput') === true && kept === null)
        return refuse('invalid_request', 'fail_over: goodput needs slo, which says what is good')
      const store = await openStore()
      const runs = [await store.readRun({ id: a, limit: 1 }), await store.readRun({ id: b, limit: 1 })]
      const ends = runs.map(({ run }) => run.finished_at)
      const of = JSON.stringify([a, b, ends, question, formulaVersion, version])
      const isClosed = !ends.includes(null)
      const known = isClosed ? notModified(context, of) : null
      if (known !== null) return known
      return inTurn(async () => {
        const compared = await compareRuns({ before: a, after: b }, question, store)
        if ('problem' in compared) return refuse('not_found', compared.problem)
        const text = JSON.stringify(answerOf(compared, question.objectives))
        return tagged(context, text, { of: isClosed ? of : text, type: 'application/json' })
      })
    },
  )

const answerOf = ({ before, after, found }: ComparedRuns, objectivesAsked: object) =>
  'problem' in found
    ? {
        before,
        after,
        objectives: objectivesAsked,
        refused: found.problem,
        verdict: null,
        headline: 'They cannot be compared.',
        notes: [],
        levels: [],
        left_out: [],
      }
    : { ...comparisonDocument(found), refused: null }
