import { type ProviderEntry, syntheticId } from '../core/provider.ts'
import { openaiList } from './entry.ts'
import { providers } from './providers.ts'

/** Ids a custom provider must not take: results would be mixed. */
const taken = new Set([...providers.map((entry) => entry.id), syntheticId])

const slug = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-|-$/g, '')

/** The id for a name: its slug, `custom` if that is empty, `custom-<slug>` if a known provider has it. */
function customId(name: string): string {
  const id = slug(name) || 'custom'
  return taken.has(id) ? `custom-${id}` : id
}

const compatible = (entry: Pick<ProviderEntry, 'id' | 'name' | 'baseUrl' | 'candidates'>): ProviderEntry => ({
  ...entry,
  baseUrlName: 'LLM_BASE_URL',
  keyNames: ['LLM_API_KEY'],
  sdk: 'openai',
  logoUrl: null,
  candidatesOnly: true,
  // Ollama and LM Studio read only this parameter: with the newer one their output has no limit.
  rules: [{ maxTokens: 'max_tokens' }],
  list: openaiList,
})

/** Any OpenAI-compatible endpoint as a provider of one model. `baseUrl` comes from `parseBaseUrl`. */
export function customEntry(options: { name?: string; baseUrl: string; model: string }): ProviderEntry {
  const name = options.name?.trim() || 'Custom'
  const candidates = [{ model: options.model }]
  return compatible({ id: customId(name), name, baseUrl: options.baseUrl, candidates })
}

/** The synthetic provider at the address it listens on. It costs nothing and has no price. */
export const syntheticEntry = (baseUrl: string): ProviderEntry =>
  compatible({
    id: syntheticId,
    name: 'Synthetic',
    baseUrl,
    candidates: [{ model: 'synthetic-1' }],
  })
