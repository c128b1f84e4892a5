import type { ConfiguredProvider } from '../core/provider.ts'
import type { Upstream } from './parts.ts'

/** A provider, and the models that it is known to serve. */
export interface Serving {
  provider: ConfiguredProvider
  models: ReadonlySet<string>
}

/** Whom requests may go to. */
export interface Upstreams {
  /** That of LLM_BASE_URL, which gets whatever nobody else does, and LLM_MODEL, which it serves. */
  own: ConfiguredProvider
  ownModel: string
  /** The built-in provider, whose models begin with its name; null if it was not asked for. */
  synthetic: ConfiguredProvider | null
  others: readonly Serving[]
}

/**
 * Who serves a model. An id is first one of our own upstream, whole, whatever it looks like: `openai/gpt-oss-120b` is
 * a model of a local server too, and must not go to a provider that is paid. Only then its first segment may name a
 * provider that serves the rest. `listOwn` gives the ids that our own upstream lists; it is asked only if it matters.
 */
export async function routeOf(
  asked: string | null,
  { own, ownModel, synthetic, others }: Upstreams,
  listOwn: () => Promise<ReadonlySet<string>>,
): Promise<Upstream> {
  const model = asked ?? ownModel
  if (synthetic !== null && /^synthetic(?=[-/]|$)/.test(model)) return { provider: synthetic, model }
  const whole = { provider: own, model }
  if (model === ownModel) return whole
  const slash = model.indexOf('/')
  const [name, rest] = [model.slice(0, slash), model.slice(slash + 1)]
  const other = others.find(({ provider, models }) => provider.entry.id === name && models.has(rest))
  if (slash === -1 || other === undefined || (await listOwn()).has(model)) return whole
  return { provider: other.provider, model: rest }
}
