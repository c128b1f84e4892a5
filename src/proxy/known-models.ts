import type { IsKnownModel } from './model-label.ts'
import type { Serving, Upstreams } from './route.ts'

/** Where models are known from. */
interface Known {
  own: Pick<Upstreams, 'own' | 'ownModel' | 'synthetic'>
  /** The models of the built-in provider. */
  syntheticModels: readonly string[]
  serving: () => readonly Serving[]
  /** What our own upstream lists; cheap if it is asked again and again. Never rejects. */
  listOwn: () => Promise<ReadonlySet<string>>
}

/** Knows the models that providers serve, LLM_MODEL, and those that our own upstream was last seen to list. */
export function knownModels({ own, syntheticModels, serving, listOwn }: Known): IsKnownModel {
  const ownId = own.own.entry.id
  let listed: ReadonlySet<string> = new Set()
  const look = async () => {
    listed = await listOwn()
  }
  void look()
  return (provider, model) => {
    if (provider === own.synthetic?.entry.id) return model === provider || syntheticModels.includes(model)
    if (provider !== ownId)
      return serving().some((each) => each.provider.entry.id === provider && each.models.has(model))
    void look()
    return model === own.ownModel || listed.has(model)
  }
}
