import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { ChosenMode, OnDemandMode } from '../core/plan.ts'
import type { ConfiguredProvider } from '../core/provider.ts'
import { requestLimits } from '../core/request-limits.ts'
import { endpointProvider } from '../jobs/endpoints.ts'
import { type JobRequest, onDemandProviders } from '../jobs/job-request.ts'
import { isBuiltIn, promptOf } from '../registry/prompts.ts'
import { everyModel } from '../store/every-model.ts'
import type { Store } from '../store/store.ts'
import { modelId, providerId, textOf } from './page.ts'
import type { HttpParts } from './parts.ts'
import { refuse } from './problem-details.ts'
import { modelsOf } from './providers.ts'
import { brokenRules, sweepOf, sweepShape } from './sweep-request.ts'

// What a request for a run on demand says: one schema for each mode, with the limits of core/request-limits.ts.

const { maxTokens, temperature, runs, concurrency, contextTiers, prompt } = requestLimits

const whole = ({ least, most }: { least: number; most: number }) => z.int().min(least).max(most)

const endpoint = z
  .strictObject({
    base_url: textOf({ most: 2000 }),
    model: modelId,
    name: textOf({ most: 200 }).exactOptional(),
  })
  .meta({ id: 'Endpoint', description: 'An OpenAI-compatible endpoint, which is called without a key' })

const targetShape = {
  provider_id: providerId.exactOptional(),
  /** By default the provider's own default. */
  model: modelId.exactOptional(),
  /** Instead of both. */
  endpoint: endpoint.exactOptional(),
}

const commonShape = {
  /** The name of a prompt, else the prompt itself; by default that of the installation. */
  prompt: textOf(prompt).exactOptional(),
  max_tokens: whole(maxTokens).default(maxTokens.standard),
  temperature: z.number().min(temperature.least).max(temperature.most).default(temperature.standard),
  context_tiers: z
    .array(whole(contextTiers))
    .min(1)
    .max(contextTiers.entries)
    .refine((tiers) => new Set(tiers).size === tiers.length, 'must name each size once')
    .default([...contextTiers.standard]),
  max_cost_usd: z.number().min(0).max(1_000_000).exactOptional(),
}

const warmup = z.boolean().default(false)
const runsOf = (mode: ChosenMode) => whole(runs[mode]).default(runs[mode].standard)

/** Why a target is named in no way, or in two; null if it is named in one. */
const namesOne = ({ provider_id, model, endpoint: named }: z.output<typeof looseTarget>): boolean =>
  named === undefined ? provider_id !== undefined : provider_id === undefined && model === undefined
const namesNone = ({ provider_id, model, endpoint: named }: z.output<typeof looseTarget>): boolean =>
  provider_id === undefined && model === undefined && named === undefined
const oneName = 'name either provider_id, with a model or without, or an endpoint'
const looseTarget = z.strictObject(targetShape)
/** Several targets. */
const targetList = z.array(looseTarget.refine(namesOne, oneName)).min(1).max(20)

/** The body of a request, by mode. */
export const benchmarkBodies = {
  single: z
    .strictObject({ ...targetShape, ...commonShape })
    .refine(namesOne, oneName)
    .refine(({ context_tiers: tiers }) => tiers.length === 1, {
      path: ['context_tiers'],
      message: 'a single call has one size of context',
    })
    .meta({ id: 'SingleBenchmark' }),
  multi: z
    .strictObject({ ...targetShape, ...commonShape, num_runs: runsOf('multi'), warmup })
    .refine(namesOne, oneName)
    .meta({ id: 'MultiBenchmark' }),
  concurrent: z
    .strictObject({
      ...targetShape,
      ...commonShape,
      num_runs: runsOf('concurrent'),
      concurrency: whole(concurrency).default(concurrency.standard),
      warmup,
    })
    .refine(namesOne, oneName)
    .meta({ id: 'ConcurrentBenchmark' }),
  comparison: z
    .strictObject({
      providers: targetList,
      ...commonShape,
      num_runs: runsOf('comparison'),
      warmup,
      /** Providers beside each other, with the models of each in turn; or everything strictly in turn. */
      order: z.enum(['by_provider', 'sequential']).default('by_provider'),
    })
    .meta({ id: 'ComparisonBenchmark' }),
  sweep: z
    .strictObject({
      ...targetShape,
      /** Several, one after the other, instead of one. */
      targets: targetList.exactOptional(),
      ...commonShape,
      ...sweepShape,
    })
    .refine(({ targets, ...named }) => (targets === undefined ? namesOne(named) : namesNone(named)), {
      error: `${oneName}; or several of them in targets`,
    })
    .superRefine(
      (body, context) => {
        const { targets = [body] } = body
        for (const broken of brokenRules(body, targets.length))
          context.addIssue({ code: 'custom', ...broken })
      },
      // What rules reckon with is within its limits.
      { when: ({ issues }) => issues.length === 0 },
    )
    .meta({ id: 'SweepBenchmark' }),
} as const

/** What a body of any mode says. */
type Body = z.output<(typeof benchmarkBodies)[OnDemandMode]>
type Named = z.output<typeof looseTarget>

/** What is asked for, with a hash of its words; or the refusal. Rejects with StoreError. */
export async function jobRequestOf(
  mode: OnDemandMode,
  body: Body,
  parts: HttpParts,
): Promise<(JobRequest & { requestHash: string }) | Response> {
  const store = await parts.openStore()
  const named = namedBy(body)
  const endpoints: ConfiguredProvider[] = []
  const targets: { provider: string; model: string }[] = []
  for (const each of named) {
    const target = await targetOf(each, { parts, store })
    if (target instanceof Response) return target
    const { endpoint: provider, ...rest } = target
    if (provider !== null && endpoints.every(({ entry }) => entry.id !== rest.provider))
      endpoints.push(provider)
    targets.push(rest)
  }
  return {
    mode,
    targets,
    endpoints,
    prompt: await promptFor(body.prompt, { parts, store }),
    maxTokens: body.max_tokens ?? maxTokens.standard,
    temperature: body.temperature,
    ...callsIn(body),
    contextTiers: body.context_tiers,
    order: 'order' in body ? body.order : 'sequential',
    maxCostUsd: body.max_cost_usd ?? null,
    ...('i_own_this_endpoint' in body && { sweep: sweepOf(body, parts.app) }),
    requestHash: hashOf([mode, body]),
  }
}

/** The calls of each target that a body asks for; a sweep says that otherwise. */
const callsIn = (body: Body): Pick<JobRequest, 'runs' | 'concurrency' | 'warmup'> =>
  'num_runs' in body
    ? { runs: body.num_runs, concurrency: 'concurrency' in body ? body.concurrency : 1, warmup: body.warmup }
    : { runs: 1, concurrency: 1, warmup: false }

/** The targets that a body names. */
function namedBy(body: Body): readonly Named[] {
  if ('providers' in body) return body.providers
  return 'targets' in body && body.targets !== undefined ? body.targets : [body]
}

/** A hash of JSON whose keys have the order of the schema. */
const hashOf = (words: unknown): string => createHash('sha256').update(JSON.stringify(words)).digest('hex')

interface Known {
  parts: HttpParts
  store: Store
}

/** What a target of a request names, with its provider if that is an endpoint of the request. */
async function targetOf(
  { provider_id: provider, model, endpoint: named }: Named,
  { parts, store }: Known,
): Promise<{ provider: string; model: string; endpoint: ConfiguredProvider | null } | Response> {
  const { app, configured } = parts
  if (named !== undefined) {
    const { base_url: baseUrl, model: called, name = null } = named
    const found = endpointProvider({ baseUrl, model: called, name }, app.config.egressAllow)
    return 'problem' in found
      ? refuse('endpoint_refused', found.problem)
      : { provider: found.entry.id, model: called, endpoint: found }
  }
  const callable = onDemandProviders(app.env, configured()).find(({ entry }) => entry.id === provider)
  if (callable === undefined || provider === undefined)
    return refuse(
      'bad_selection',
      `there is no provider ${provider} that can be called: GET /api/v1/providers lists them`,
    )
  const chosen =
    model ?? modelsOf(callable.entry.candidates, await everyModel(store, [provider])).default_model
  if (chosen === null) return refuse('bad_selection', `${provider} has no default model: name one`)
  return { provider, model: chosen, endpoint: null }
}

/** The prompt that is asked for: one that has a name, here or in the database, else the text itself. */
async function promptFor(asked: string | undefined, { parts, store }: Known): Promise<string> {
  if (asked === undefined) return parts.app.config.defaults.prompt
  if (isBuiltIn(asked) || asked.length > longestName) return promptOf(asked)
  const { rows } = await store.listPrompts({ withTexts: true })
  return rows.find(({ name }) => name === asked)?.text ?? asked
}

/** Characters that the name of a prompt may have. */
const longestName = 100
