import type * as GenaiPrices from '@pydantic/genai-prices'
import { messageOf } from '../core/error.ts'
import { asObject } from '../core/json.ts'
import type { Price } from '../core/price.ts'
import type { ProviderEntry } from '../core/provider.ts'
import { getJson, type JsonAnswer } from '../net/get-json.ts'
import { redact } from '../net/redact.ts'
import { providers as registered } from '../registry/providers.ts'
import { bundledOn, fromGenaiPrices } from './genai-prices.ts'
import { fromModelsDev } from './models-dev.ts'
import { modelsDevSnapshot, snapshotTakenOn } from './models-dev-snapshot.ts'

/** Published prices by provider and model. */
export interface PriceBooks {
  /** The prices of a model, most trusted first: genai-prices, models.dev. */
  find: (provider: ProviderEntry, model: string, at: Date) => Price[]
  /** What could not be updated and is used as shipped, in whole sentences. */
  notes: string[]
}

/** Where to fetch the latest price books; null to use the shipped ones. */
export interface BookParts {
  genaiPricesUrl: string | null
  modelsDevUrl: string | null
  env: NodeJS.ProcessEnv
  now: Date
  /** Aborts fetching. */
  signal?: AbortSignal
}

type FetchParts = Pick<BookParts, 'env' | 'signal'>

/** The shipped books: nothing is fetched. */
export const shippedBooks: Omit<BookParts, 'now'> = { genaiPricesUrl: null, modelsDevUrl: null, env: {} }

/** The limit for fetching one book, in ms. */
const timeoutMs = 10_000

/** Opens the books, updated if requested and possible. Never rejects. */
export async function openPriceBooks(parts: BookParts): Promise<PriceBooks> {
  const [genai, modelsDev] = await Promise.all([openGenaiPrices(parts), openModelsDev(parts)])
  return {
    notes: [genai.note, modelsDev.note].filter((note) => note !== null),
    find: (provider, model, at) =>
      [genai.find(provider, model, at), modelsDev.find(provider, model)].filter((price) => price !== null),
  }
}

async function openGenaiPrices(parts: BookParts) {
  const { genaiPricesUrl, now } = parts
  const library = await import('@pydantic/genai-prices')
  const note = genaiPricesUrl === null ? null : await updateGenaiPrices(library, genaiPricesUrl, parts)
  const asOf = genaiPricesUrl === null || note !== null ? bundledOn : now.toISOString()
  const find = ({ pricedAs }: ProviderEntry, model: string, at: Date): Price | null => {
    const providerId = pricedAs?.genaiPrices
    if (providerId === undefined) return null
    try {
      const found = library.calcPrice({}, model, { providerId, timestamp: at })
      // It may answer for another provider with a model of this name.
      const isTheirs = found?.provider.id === providerId
      return isTheirs ? fromGenaiPrices(found.model.prices, { at, asOf }) : null
    } catch {
      // An update is not validated entry by entry, and the library throws for a broken one: that model has no
      // price.
      return null
    }
  }
  return { note, find }
}

/**
 * Why its prices were not updated; null if they were. The library validates an update, and keeps the old
 * prices if it is invalid.
 */
async function updateGenaiPrices(
  library: typeof GenaiPrices,
  url: string,
  parts: FetchParts,
): Promise<string | null> {
  const kept = `The prices of genai-prices are those of ${bundledOn}: `
  const answer = await fetchBook(url, parts)
  if ('problem' in answer) return `${kept}${shown(url)} ${redact(answer.problem, [])}.`
  const missing = missingProvider(answer.body)
  if (missing !== null) return `${kept}the answer of ${shown(url)} does not know ${missing}.`
  try {
    const providers = answer.body as GenaiPrices.Provider[]
    library.updatePrices(({ setProviderData }: GenaiPrices.StorageFactoryParams) =>
      setProviderData(providers),
    )
    await library.waitForUpdate()
    return null
  } catch (error) {
    return `${kept}the answer of ${shown(url)} is refused (${messageOf(error)}).`
  }
}

/** A person configured the URL: it may be a mirror on a private network. */
const fetchBook = (url: string, { env, signal }: FetchParts): Promise<JsonAnswer> =>
  getJson(new URL(url), { env, timeoutMs, egress: 'trusted', ...(signal && { signal }) })

/** A URL without secrets: a private mirror may need a password or a token. */
function shown(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}

/** A provider we look up that is missing from a feed; null if none is. */
function missingProvider(feed: unknown): string | null {
  const ids = new Set(Array.isArray(feed) ? feed.map((each) => asObject(each)?.['id']) : [])
  const needed = registered.flatMap(({ pricedAs }) => pricedAs?.genaiPrices ?? [])
  return needed.find((id) => !ids.has(id)) ?? null
}

async function openModelsDev(parts: BookParts) {
  const { modelsDevUrl, now } = parts
  const live = modelsDevUrl === null ? null : await fetchModelsDev(modelsDevUrl, parts)
  const note = live !== null && 'problem' in live ? live.problem : null
  const models =
    live === null || 'problem' in live
      ? (provider: string, model: string): unknown => modelsDevSnapshot[provider]?.[model]
      : (provider: string, model: string) => asObject(asObject(live.providers[provider])?.['models'])?.[model]
  const asOf = live === null || note !== null ? snapshotTakenOn : now.toISOString()
  const find = ({ pricedAs }: ProviderEntry, model: string): Price | null =>
    pricedAs?.modelsDev === undefined ? null : fromModelsDev(models(pricedAs.modelsDev, model), asOf)
  return { note, find }
}

async function fetchModelsDev(
  url: string,
  parts: FetchParts,
): Promise<{ providers: Record<string, unknown> } | { problem: string }> {
  const kept = `The prices of models.dev are those of ${snapshotTakenOn}: `
  const answer = await fetchBook(url, parts)
  if ('problem' in answer) return { problem: `${kept}${shown(url)} ${redact(answer.problem, [])}.` }
  const providers = asObject(answer.body)
  const isOne = Object.values(providers ?? {}).some((each) => asObject(asObject(each)?.['models']) !== null)
  return providers !== null && isOne
    ? { providers }
    : { problem: `${kept}${shown(url)} answered with JSON that has no providers with models.` }
}
