import { targetOf } from '../../api/starts.ts'
import { plural } from '../../format/words.ts'
import { type LabSearch, mostLoads, mostModels, objectives, ranges, usualLoads } from './search.ts'

/** The loads that are chosen, in the order in which they come. */
export const loadsOf = ({ loop, concurrency, rates }: LabSearch): readonly number[] =>
  loop === 'open' ? (rates ?? usualLoads.rates) : (concurrency ?? usualLoads.concurrency)

/** The body of a request for what is chosen. */
export function askedOf(search: LabSearch): Record<string, unknown> {
  const { models = [], total = ranges.total.standard, tiers = [0], prompt, text = prompt } = search
  const { tokens = ranges.tokens.standard, temperature, limit, errors, own } = search
  return {
    targets: models.map(targetOf).map(({ provider, model }) => ({ provider_id: provider, model })),
    ...loadOf(search),
    total,
    context_tiers: tiers,
    max_tokens: tokens,
    ...(temperature !== undefined && { temperature }),
    ...(text !== undefined && { prompt: text }),
    ...sloOf(search),
    ...(limit !== undefined && { max_cost_usd: limit }),
    ...(errors !== undefined && { max_errors: errors }),
    ...(own === true && { i_own_this_endpoint: true }),
  }
}

function loadOf(search: LabSearch) {
  const { loop, arrivals = 'constant', seed, slots } = search
  if (loop !== 'open') return { concurrency: loadsOf(search) }
  return {
    rates: loadsOf(search),
    arrivals,
    ...(arrivals === 'poisson' && seed !== undefined && { seed }),
    ...(slots !== undefined && { slots }),
  }
}

function sloOf(search: LabSearch) {
  const slo = objectives.flatMap((name) =>
    search[name] === undefined ? [] : [[`${name}_ms`, search[name]] as const],
  )
  return slo.length === 0 ? {} : { slo: Object.fromEntries(slo) }
}

/** The objectives as the API takes them to judge by: `ttft=500ms,tpot=30ms`; null without one. */
export const sloText = (search: LabSearch): string | null =>
  objectives.flatMap((name) => (search[name] === undefined ? [] : [`${name}=${search[name]}ms`])).join(',') ||
  null

/** Why what is chosen cannot be started; null if it can. */
export function whyNot(search: LabSearch): string | null {
  const { models = [], text } = search
  const n = loadsOf(search).length
  if (models.length === 0) return 'Select a model to load'
  if (models.length > mostModels)
    return `A sweep takes at most ${mostModels} models, and ${models.length} are selected`
  if (n > mostLoads) return `A sweep has at most ${plural(mostLoads, 'level')} of load, and these are ${n}`
  if (text !== undefined && text.trim() === '') return 'Write a prompt, or choose a template'
  return null
}
