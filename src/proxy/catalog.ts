import type { Price } from '../core/price.ts'
import type { ConfiguredProvider, ProviderEntry } from '../core/provider.ts'
import type { Catalog } from '../store/catalog-codec.ts'
import type { Upstream } from './parts.ts'
import type { Serving } from './route.ts'

/** What is known of models and prices while a proxy runs. */
export interface ProxyCatalog {
  /** The providers with their models: those that are recorded as listed, and the candidates of their entries. */
  serving: () => readonly Serving[]
  /** The price in force; null if it is not known, or not yet. */
  priceOf: (upstream: Upstream) => Price | null
  close: () => void
}

/** Where it is read. */
interface CatalogParts {
  /** Rejects as long as the database is away: then only candidates are known. */
  read: () => Promise<Pick<Catalog, 'models'>>
  findPrice: (provider: ProviderEntry, model: string, at: Date) => Promise<Price | null>
  date: () => Date
}

/** How often it is read, and again after it could not be, in ms. */
const readMs = 300_000
const againMs = 15_000

/** Reads at once, and from then on again and again. It does not keep the process alive. */
export function openCatalog(providers: readonly ConfiguredProvider[], parts: CatalogParts): ProxyCatalog {
  let models: Catalog['models'] = []
  let serving = servingOf(providers, models)
  const published = new Map<string, Price | null>()
  let timer: NodeJS.Timeout | undefined
  let isOpen = true
  const refresh = async () => {
    try {
      ;({ models } = await parts.read())
      serving = servingOf(providers, models)
      again(readMs)
    } catch {
      again(againMs)
    }
  }
  const again = (ms: number) => {
    if (isOpen) timer = setTimeout(() => void refresh(), ms).unref()
  }
  const publishedPrice = ({ provider: { entry }, model }: Upstream): Price | null => {
    const name = `${entry.id}/${model}`
    if (published.has(name) || !entry.pricedAs || !isServed(serving, entry.id, model))
      return published.get(name) ?? null
    published.set(name, null)
    void parts.findPrice(entry, model, parts.date()).then((price) => published.set(name, price))
    return null
  }
  void refresh()
  // The books of prices take 200 ms to load, which is better now than while something is measured.
  for (const provider of providers)
    for (const { model } of provider.entry.candidates) publishedPrice({ provider, model })
  return {
    serving: () => serving,
    priceOf: (upstream) => {
      const { id } = upstream.provider.entry
      const known = models.find(({ provider, model }) => provider === id && model === upstream.model)
      return known?.price ?? publishedPrice(upstream)
    },
    close: () => {
      isOpen = false
      clearTimeout(timer)
    },
  }
}

const servingOf = (providers: readonly ConfiguredProvider[], models: Catalog['models']): Serving[] =>
  providers.map((provider) => {
    const { id, candidates } = provider.entry
    const listed = models.filter((each) => each.provider === id && each.available !== false)
    return { provider, models: new Set([...listed, ...candidates].map(({ model }) => model)) }
  })

/** Whatever clients ask for is no model: only one that is known is looked up, and remembered. */
const isServed = (serving: readonly Serving[], id: string, model: string): boolean =>
  serving.some(({ provider, models }) => provider.entry.id === id && models.has(model))
