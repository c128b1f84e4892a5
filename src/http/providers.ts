import { z } from 'zod'
import type { ProviderEntry } from '../core/provider.ts'
import { configuredProviders } from '../registry/configure.ts'
import { providers } from '../registry/providers.ts'
import { everyModel } from '../store/every-model.ts'
import type { ModelRecord } from '../store/model-codec.ts'
import { providerList } from '../store/statistics-codec.ts'
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
    /** The models that it lists, as far as they are known to be for chat; before it was ever asked, those we call by default. */
    models: z.array(z.string()),
    /** What the database knows of it; null if it has never been called or asked. */
    known: providerList.shape.rows.element.nullable(),
  })
  .meta({ id: 'Provider' })

/** Every provider. */
export const providerPage = z.strictObject({ rows: z.array(providerRow) })

/** The providers that there are, and which of them may be called. */
export const addProviders = (api: Api, { app, configured, openStore }: HttpParts): void =>
  api.add(
    {
      method: 'get',
      path: '/providers',
      access: 'read',
      tag: 'providers',
      summary: 'Every provider, whether its key is set, and its models',
      answer: providerPage,
    },
    async () => {
      const store = await openStore()
      const { rows: found } = await store.listProviders({})
      const models = Map.groupBy(await everyModel(store, null), ({ provider }) => provider)
      const callable = configured().map(({ entry }) => entry)
      const problems = new Map(
        configuredProviders(app.env).problems.map(({ provider, message }) => [provider.id, message]),
      )
      const entries: Named[] = [...providers, ...callable, ...found.map(withoutEntry)]
      const first = new Map(entries.toReversed().map((entry) => [entry.id, entry]))
      const rows = [...new Set(entries.map(({ id }) => id))].flatMap((id) => first.get(id) ?? [])
      return {
        rows: rows.map(({ id, name, keyNames, candidates }) => ({
          id,
          name,
          configured: callable.some((each) => each.id === id),
          problem: problems.get(id) ?? null,
          key_names: [...keyNames],
          ...modelsOf(candidates, models.get(id) ?? []),
          known: found.find((each) => each.id === id) ?? null,
        })),
      }
    },
  )

type Named = Pick<ProviderEntry, 'id' | 'name' | 'keyNames' | 'candidates'>

/** A provider that only the database knows: an endpoint of one's own that is configured no more. */
const withoutEntry = ({ id, name }: { id: string; name: string }): Named => ({
  id,
  name,
  keyNames: [],
  candidates: [],
})

/** The chat models of a provider, and which of its candidates is called by default: the first that it lists. */
export function modelsOf(candidates: ProviderEntry['candidates'], known: readonly ModelRecord[]) {
  const listed = known
    .filter(({ available, type }) => available === true && (type ?? 'chat') === 'chat')
    .map(({ model }) => model)
  const names = candidates.map(({ model }) => model)
  const first = names.find((name) => listed.includes(name)) ?? names[0]
  return { default_model: first ?? null, models: listed.length > 0 ? listed : names }
}
