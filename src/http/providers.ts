import { z } from 'zod'
import type { ProviderEntry } from '../core/provider.ts'
import { configuredProviders } from '../registry/configure.ts'
import { providers } from '../registry/providers.ts'
import { everyModel } from '../store/every-model.ts'
import type { ModelRecord } from '../store/model-codec.ts'
import type { Api } from './api.ts'
import type { HttpParts } from './parts.ts'

const providerRow = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    /** Whether it may be called. */
    configured: z.boolean(),
    /** What is wrong with what is set for it; null if nothing is. */
    problem: z.string().nullable(),
    /** The environment variables that may hold its key. Keys themselves are never shown. */
    key_names: z.array(z.string()),
    default_model: z.string().nullable(),
    /** The models that it lists, as far as they are known to be for chat. */
    models: z.array(z.string()),
  })
  .meta({ id: 'Provider' })

/** The providers that there are, and which of them may be called. */
export const addProviders = (api: Api, { app, configured, openStore }: HttpParts): void =>
  api.add(
    {
      method: 'get',
      path: '/providers',
      access: 'read',
      tag: 'providers',
      summary: 'Every provider, whether its key is set, and its models',
      answer: z.strictObject({ rows: z.array(providerRow) }),
    },
    async () => {
      const known = Map.groupBy(await everyModel(await openStore(), null), ({ provider }) => provider)
      const callable = configured().map(({ entry }) => entry)
      const others = callable.filter(({ id }) => providers.every((each) => each.id !== id))
      const problems = new Map(
        configuredProviders(app.env).problems.map(({ provider, message }) => [provider.id, message]),
      )
      const rows = [...providers, ...others].map((entry) => ({
        id: entry.id,
        name: entry.name,
        configured: callable.some(({ id }) => id === entry.id),
        problem: problems.get(entry.id) ?? null,
        key_names: [...entry.keyNames],
        ...modelsOf(entry, known.get(entry.id) ?? []),
      }))
      return { rows }
    },
  )

/** The chat models that a provider lists, and which of its candidates is called by default: the first that it lists. */
function modelsOf({ candidates }: ProviderEntry, known: readonly ModelRecord[]) {
  const models = known
    .filter(({ available, type }) => available === true && (type ?? 'chat') === 'chat')
    .map(({ model }) => model)
  const listed = new Set(models)
  const first = candidates.find(({ model }) => listed.has(model)) ?? candidates[0]
  return { default_model: first?.model ?? null, models }
}
