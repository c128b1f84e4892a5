import { targetOf } from '../../api/starts.ts'
import { plural } from '../../format/words.ts'
import { mostLoads, mostModels, objectives, ranges, usualLoads } from './choices.ts'
import { parseOutputs } from './outputs.ts'
import type { LabSearch } from './search.ts'

/** The loads that are chosen, in the order in which they come. */
export const loadsOf = ({ loop, concurrency, rates }: LabSearch): readonly number[] =>
  loop === 'open' ? (rates ?? usualLoads.rates) : (concurrency ?? usualLoads.concurrency)

/** How levels are sought; null if they are listed. An open loop does not send more by itself. */
export const seekOf = ({ seek, loop }: LabSearch): 'growth' | 'goodput' | null =>
  seek === undefined || (loop === 'open' && seek === 'growth') ? null : seek

/** The body of a request for what is chosen. */
export function askedOf(search: LabSearch): Record<string, unknown> {
  const { models = [], tiers = [0], temperature, limit, errors, own } = search
  return {
    targets: models.map(targetOf).map(({ provider, model }) => ({ provider_id: provider, model })),
    ...levelsOf(search),
    ...pacedOf(search),
    ...lengthOf(search),
    context_tiers: tiers,
    ...saidOf(search),
    ...(temperature !== undefined && { temperature }),
    ...sloOf(search),
    ...(limit !== undefined && { max_cost_usd: limit }),
    ...(errors !== undefined && { max_errors: errors }),
    ...(own === true && { i_own_this_endpoint: true }),
  }
}

function levelsOf(search: LabSearch) {
  const { loop, goodput = ranges.goodput.standard, most = ranges.most.standard } = search
  const seek = seekOf(search)
  const loads = seek === null ? loadsOf(search) : 'auto'
  return {
    ...(loop === 'open' ? { rates: loads } : { concurrency: loads }),
    // Percents of one digit, as a share of three.
    ...(seek === 'goodput' && { find: { goodput: Math.round(goodput * 10) / 1000 } }),
    ...(seek !== null && { most }),
  }
}

function pacedOf({ loop, arrivals, seed, slots, think, spread }: LabSearch) {
  if (loop === 'open')
    return {
      arrivals: arrivals ?? 'constant',
      ...(arrivals === 'poisson' && seed !== undefined && { seed }),
      ...(slots !== undefined && { slots }),
    }
  return think === undefined ? {} : { think_ms: think, ...(spread && { think_spread: spread }) }
}

/** When a level ends; a search knows best how many calls it needs. */
function lengthOf(search: LabSearch) {
  const { total, seconds } = search
  if (seconds !== undefined) return { duration_s: seconds }
  if (total !== undefined) return { total }
  return seekOf(search) === null ? { total: ranges.total.standard } : {}
}

function saidOf(search: LabSearch) {
  const { prompt, text = prompt, category, tokens = ranges.tokens.standard, outputs } = search
  const { cache, shared = ranges.shared.standard } = search
  const limits = outputs === undefined ? null : parseOutputs(outputs)
  return {
    ...(limits !== null && 'outputs' in limits ? { output_tokens: limits.outputs } : { max_tokens: tokens }),
    ...(cache && { cache: cache === 'shared' ? { shared_tokens: shared } : cache }),
    ...(category !== undefined && { prompt_category: category }),
    ...(category === undefined && text !== undefined && { prompt: text }),
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
  const { models = [] } = search
  if (models.length === 0) return 'Select a model to load'
  if (models.length > mostModels)
    return `A sweep takes at most ${mostModels} models, and ${models.length} are selected`
  return whyNoLevels(search) ?? whyNotSaid(search)
}

function whyNoLevels(search: LabSearch): string | null {
  const seek = seekOf(search)
  const n = loadsOf(search).length
  if (seek === 'goodput' && sloOf(search).slo === undefined)
    return 'Enter what a good request keeps: TTFT, time per token or latency'
  return seek === null && n > mostLoads
    ? `A sweep has at most ${plural(mostLoads, 'level')} of load, and these are ${n}`
    : null
}

function whyNotSaid(search: LabSearch): string | null {
  const { text, category, cache, shared = ranges.shared.standard, tiers = [0] } = search
  if (category === undefined && text !== undefined && text.trim() === '')
    return 'Write a prompt, or choose a template'
  if (cache === 'warm' && category !== undefined)
    return 'A warm cache is sent one prompt again and again: choose one, or another cache'
  return cache === 'shared' && shared > Math.min(...tiers)
    ? `${shared.toLocaleString('en-US')} shared tokens are a part of each context: choose larger context tiers, and none that is smaller`
    : null
}
