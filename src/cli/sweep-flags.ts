import { z } from 'zod'
import { requestLimits } from '../core/request-limits.ts'
import { promptCategories } from '../registry/prompts.ts'
import { autoOr, decimal, fileOr, goodputFlag, oneOf, rates, text, whole, wholes, yes } from './flags.ts'
import { runFlags } from './run-flags.ts'
import { rulesFor, toStdout } from './sweep-rules.ts'
import { cacheFlag, outputsFlag } from './work-flags.ts'

const { shape } = runFlags

/** Where the page goes if no file is named. */
const reportFile = 'bench-report.html'

/** The flags of `sweep`. */
export const sweepFlags = z
  .object({
    concurrency: autoOr(wholes({ least: 1, most: 2000, entries: 20, such: '1,2,4' }))
      .nullable()
      .default(null),
    rate: autoOr(rates({ least: requestLimits.sweep.rate.least, most: 10_000, entries: 20 }))
      .nullable()
      .default(null),
    find: goodputFlag.nullable().default(null),
    most: whole(1, 2000).nullable().default(null),
    poisson: yes,
    seed: shape.seed,
    trace: text,
    speed: decimal(0.001, 1000).nullable().default(null),
    blockTokens: whole(1, 100_000).nullable().default(null),
    slots: whole(1, 2000).nullable().default(null),
    total: whole(1, 100_000).nullable().default(null),
    reuseConnections: yes,
    threads: whole(1, 64).nullable().default(null),
    duration: decimal(1, 86_400).nullable().default(null),
    think: whole(1, 60_000).nullable().default(null),
    thinkSpread: oneOf(['fixed', 'exponential']).nullable().default(null),
    maxCost: decimal(0, 1_000_000).nullable().default(null),
    maxErrors: whole(1, 1_000_000).nullable().default(null),
    iOwnThisEndpoint: yes,
    provider: shape.provider,
    model: shape.model,
    baseUrl: shape.baseUrl,
    apiKeyEnv: shape.apiKeyEnv,
    name: shape.name,
    synthetic: shape.synthetic,
    prompt: shape.prompt,
    promptFile: shape.promptFile,
    promptCategory: oneOf(promptCategories).nullable().default(null),
    prompts: text,
    maxTokens: shape.maxTokens,
    outputTokens: outputsFlag,
    temperature: shape.temperature,
    timeout: shape.timeout,
    contextTiers: shape.contextTiers,
    cache: cacheFlag,
    slo: text,
    run: z.uuid('must be the id of a run').nullable().default(null),
    smoke: yes,
    html: fileOr(reportFile),
    markdown: fileOr(toStdout),
    out: text,
    noFiles: yes,
    json: yes,
    csv: yes,
    noSave: yes,
    quiet: yes,
    verbose: yes,
  })
  .superRefine(
    (flags, context) => {
      const problem = rulesFor(flags).find(([broken]) => broken)?.[1]
      if (problem !== undefined) context.addIssue(problem)
    },
    // What rules reckon with is within its limits.
    { when: ({ issues }) => issues.length === 0 },
  )

/** A valid command line of `sweep`. */
export type SweepFlags = z.output<typeof sweepFlags>
