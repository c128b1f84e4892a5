import type { Answer } from '../../api/client.ts'
import { nameOf } from '../../api/starts.ts'

type Provider = Answer<'GET /api/v1/providers'>['rows'][number]
type Target = Answer<'GET /api/v1/targets'>['rows'][number]

/** The models of a provider that can be talked to. */
export interface Group {
  provider: { id: string; name: string }
  models: { name: string; label: string }[]
}

/** What is benchmarked at providers that may be called; of one of which nothing is, the model that would be. */
export function choicesOf(providers: readonly Provider[], targets: readonly Target[]): Group[] {
  return providers
    .filter(({ configured }) => configured)
    .map(({ id, name, default_model: usual, models }) => {
      const active = targets.filter((target) => target.provider === id && target.active)
      const found = active.length > 0 ? active.map(({ model }) => model) : [usual ?? models[0] ?? []].flat()
      return {
        provider: { id, name },
        models: [...new Set(found)].map((model) => ({ name: nameOf({ provider: id, model }), label: model })),
      }
    })
    .filter(({ models }) => models.length > 0)
}
