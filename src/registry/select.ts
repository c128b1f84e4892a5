import { servedNames } from '../core/catalog.ts'
import type { Target } from '../core/plan.ts'
import type { ConfiguredProvider, ProviderEntry } from '../core/provider.ts'
import { providers } from './providers.ts'

/** The part of the store's catalog that selection needs. */
export interface Known {
  /** The active targets. */
  targets: readonly Target[]
  /** Targets a person switched off. */
  paused?: readonly { provider: string; model: string }[]
  models: readonly { provider: string; model: string; available: boolean | null }[]
}

/** What to select from, and what was asked for. */
export interface SelectInput {
  configured: readonly ConfiguredProvider[]
  catalog: Known
  /** Ids or display names; all configured providers if empty. */
  providers: readonly string[]
  /** The caller's region: targets bound to another one are left out. */
  region: string
  /** A model id or a part of one; null for the defaults. */
  model: string | null
}

/** What to benchmark, with notes on what was left out; or why nothing can be. All in whole sentences. */
export type Selection = { targets: Target[]; notes: string[] } | { problem: string }

/**
 * Selects targets. Without a model: the active targets of each provider; if it never had any, its first
 * available candidate: not known to be gone, and listed if the provider was asked. With a model: the exact
 * id, else every known id that contains it, else, if one provider is chosen, the id as typed, which may be
 * newer than our catalog.
 */
export function selectTargets({ configured, catalog: all, ...asked }: SelectInput): Selection {
  const chosen = chooseProviders(configured, asked.providers)
  if ('problem' in chosen) return chosen
  const here = ({ region }: Target) => region === null || region === asked.region
  const catalog = { ...all, targets: all.targets.filter(here) }
  if (asked.model !== null) return byModel(chosen.entries, catalog, asked.model.trim())
  const elsewhere = new Set(all.targets.filter((target) => !here(target)).map(({ provider }) => provider))
  const parts = chosen.entries.map((entry) => byDefault(entry, catalog, elsewhere))
  const notes = parts.flatMap((part) => part.notes)
  const targets = parts.flatMap((part) => part.targets)
  return targets.length === 0 ? { problem: notes.join(' ') } : { targets, notes }
}

/**
 * The targets of models named with their providers, each once: the active one of a model, with its parameters,
 * else the id as typed, which may be newer than our catalog.
 */
export function namedTargets(
  wanted: readonly { provider: string; model: string }[],
  { configured, catalog: all, region }: Omit<SelectInput, 'providers' | 'model'>,
): Selection {
  const entries = configured.map(({ entry }) => entry)
  const unknown = wanted.find(({ provider }) => !entries.some(({ id }) => id === provider))
  if (unknown !== undefined) return { problem: notConfigured(unknown.provider, entries) }
  if (wanted.length === 0) return { problem: 'No model is named: give a provider and a model.' }
  if (wanted.some(({ model }) => model.trim() === '')) return { problem: 'The model is empty: give its id.' }
  const each = new Map(wanted.map((named) => [JSON.stringify([named.provider, named.model]), named]))
  const targets = [...each.values()].map(
    ({ provider, model }) =>
      all.targets.find(
        (target) =>
          target.provider === provider &&
          target.model === model &&
          (target.region === null || target.region === region),
      ) ?? targetOf(provider, model),
  )
  return { targets, notes: [] }
}

type Chosen = { entries: ProviderEntry[] } | { problem: string }

function chooseProviders(configured: readonly ConfiguredProvider[], wanted: readonly string[]): Chosen {
  const entries = configured.map(({ entry }) => entry)
  const missing = wanted.find((text) => !entries.some((entry) => isNamed(entry, text)))
  if (missing !== undefined) return { problem: notConfigured(missing, entries) }
  if (entries.length === 0) return { problem: `No provider is configured: ${howToConfigure}` }
  if (wanted.length === 0) return { entries }
  return { entries: entries.filter((entry) => wanted.some((text) => isNamed(entry, text))) }
}

const isNamed = ({ id, name }: ProviderEntry, text: string): boolean =>
  [id, name.toLowerCase()].includes(text.trim().toLowerCase())

const howToConfigure =
  `set the key of one, such as ${providers[0]?.keyNames[0]}, ` +
  'or LLM_BASE_URL and LLM_MODEL for any OpenAI-compatible endpoint.'

function notConfigured(text: string, entries: readonly ProviderEntry[]): string {
  const configured = `Configured: ${entries.map(({ id }) => id).join(', ') || 'none'}.`
  const entry = providers.find((candidate) => isNamed(candidate, text))
  if (entry) return `${entry.name} is not configured: set ${entry.keyNames.join(' or ')}. ${configured}`
  const ids = providers.map(({ id }) => id).join(', ')
  const known = `Known: ${ids}; for others set LLM_BASE_URL and LLM_MODEL.`
  return `There is no provider "${text}". ${configured} ${known}`
}

const targetOf = (provider: string, model: string): Target => ({
  provider,
  model,
  parameters: { reasoning: 'least' },
  region: null,
})

function byDefault(
  entry: ProviderEntry,
  known: Known,
  elsewhere: ReadonlySet<string>,
): { targets: Target[]; notes: string[] } {
  const named = ({ model }: { model: string }) =>
    entry.candidates.some((candidate) => candidate.model === model)
  const ours = (target: { provider: string; model: string }) =>
    target.provider === entry.id && (!entry.candidatesOnly || named(target))
  const none = (why: string) => ({ targets: [], notes: [`${entry.name} is not called: ${why}.`] })
  const active = known.targets.filter(ours)
  if (active.length > 0) return { targets: active, notes: [] }
  if (elsewhere.has(entry.id)) return none('its targets are bound to other regions')
  if (known.paused?.some(ours)) return none('its targets are switched off')
  const candidate = entry.candidates.find(
    ({ model }) => entry.candidatesOnly || isAvailable(model, entry.id, known),
  )
  if (candidate) return { targets: [targetOf(entry.id, candidate.model)], notes: [] }
  return none(`it no longer lists any of its default models; name one with --provider ${entry.id} --model`)
}

/** Whether a model is not known to be gone and, if the provider was asked for its models, listed. */
function isAvailable(model: string, id: string, known: Known): boolean {
  const ofProvider = known.models.filter(({ provider }) => provider === id)
  const listed = new Set(ofProvider.filter(({ available }) => available === true).map((each) => each.model))
  if (listed.size > 0) return servedNames(listed).has(model)
  return !droppedModels(id, known).has(model)
}

const droppedModels = (id: string, known: Known): Set<string> =>
  new Set(
    known.models
      .filter(({ provider, available }) => provider === id && available === false)
      .map(({ model }) => model),
  )

function byModel(entries: readonly ProviderEntry[], known: Known, wanted: string): Selection {
  if (wanted === '') return { problem: 'The model is empty: give its id or a part of it.' }
  const all = entries.flatMap((entry) => everyTarget(entry, known))
  const exact = all.filter(({ model }) => model === wanted)
  if (exact.length > 0) return { targets: exact, notes: [] }
  const offered = all.filter(({ provider, model }) => !droppedModels(provider, known).has(model))
  const partial = offered.filter(({ model }) => model.toLowerCase().includes(wanted.toLowerCase()))
  if (partial.length > 0) return { targets: partial, notes: [] }
  const [only, ...others] = entries
  if (only && others.length === 0) return { targets: [targetOf(only.id, wanted)], notes: [] }
  return { problem: unknownModel(wanted, offered) }
}

/** A provider's active targets, and one for every other known model of it. */
function everyTarget(entry: ProviderEntry, known: Known): Target[] {
  const active = known.targets.filter(({ provider }) => provider === entry.id)
  const models = known.models.filter(({ provider }) => provider === entry.id)
  const ids = new Set([...entry.candidates, ...models].map(({ model }) => model))
  for (const { model } of active) ids.delete(model)
  return [...active, ...[...ids].map((model) => targetOf(entry.id, model))]
}

function unknownModel(wanted: string, offered: readonly Target[]): string {
  const ids = offered.map(({ model }) => model)
  const near = nearest(wanted, ids)
  const hint = near.length > 0 ? ` Near it: ${near.join(', ')}.` : ''
  return `No known model is or contains "${wanted}".${hint} To call an unknown id, name its provider too.`
}

/** The words of an id: `openai`, `gpt`, `oss`, `20b` of `openai/gpt-oss-20b`. */
const wordsOf = (id: string): string[] => id.toLowerCase().split(/[^a-z0-9]+/)

/** Up to five ids that share words with the wanted one, most shared words first. */
function nearest(wanted: string, ids: readonly string[]): string[] {
  const words = new Set(wordsOf(wanted))
  const shared = (id: string) => wordsOf(id).filter((word) => words.has(word)).length
  const near = [...new Set(ids)].filter((id) => shared(id) > 0)
  return near.toSorted((a, b) => shared(b) - shared(a)).slice(0, 5)
}
