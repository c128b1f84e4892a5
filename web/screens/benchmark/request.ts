import { targetOf } from '../../api/starts.ts'
import { plural } from '../../format/words.ts'
import { type BenchmarkSearch, type Mode, mostModels, ranges } from './search.ts'

/** What is asked of the API: the mode, which is part of the path, and the body. */
export interface Asked {
  mode: Mode
  body: Record<string, unknown>
}

const usual = {
  models: [],
  mode: 'comparison',
  tokens: ranges.tokens.standard,
  temperature: ranges.temperature.standard,
  runs: ranges.runs.standard,
  concurrency: ranges.concurrency.standard,
  tiers: [0],
  warmup: false,
} as const

/** The request for what is chosen. */
export function askedOf(search: BenchmarkSearch): Asked {
  const { models, mode, tokens, temperature, runs, concurrency, tiers, warmup, ...rest } = {
    ...usual,
    ...search,
  }
  const { prompt, text = prompt, limit } = rest
  const providers = models.map(targetOf).map(({ provider, model }) => ({ provider_id: provider, model }))
  const common = {
    max_tokens: tokens,
    temperature,
    context_tiers: tiers,
    ...(text !== undefined && { prompt: text }),
    ...(limit !== undefined && { max_cost_usd: limit }),
  }
  const repeated = { num_runs: runs, warmup }
  const one = { ...providers[0], ...common }
  const bodies: Readonly<Record<Mode, Asked['body']>> = {
    comparison: { providers, ...common, ...repeated },
    single: one,
    multi: { ...one, ...repeated },
    concurrent: { ...one, ...repeated, concurrency },
  }
  return { mode, body: bodies[mode] }
}

/** Why what is chosen cannot be started; null if it can. */
export function whyNot({
  models = [],
  mode = 'comparison',
  tiers = [0],
  text,
}: BenchmarkSearch): string | null {
  if (models.length === 0) return 'Select at least one model'
  if (models.length > mostModels)
    return `A run takes at most ${mostModels} models, and ${models.length} are selected`
  if (mode !== 'comparison' && models.length > 1)
    return `This mode calls one model, and ${plural(models.length, 'is', 'are')} selected: choose Comparison`
  if (mode === 'single' && tiers.length > 1) return 'A single call has one context tier: choose one'
  if (text !== undefined && text.trim() === '') return 'Write a prompt, or choose a template'
  return null
}
