import type { ListedModel } from '../core/catalog.ts'
import type { ConfiguredProvider } from '../core/provider.ts'
import { egressTo } from '../net/egress.ts'
import { getJson } from '../net/get-json.ts'
import type { NoAnswer } from '../net/get-text.ts'
import { redact, withoutKeysIn } from '../net/redact.ts'
import { type ListingPage, readListing } from './listing.ts'

/**
 * A complete listing, each model once; or why there is none, as a sentence without a period, and the last
 * HTTP status.
 */
export type Listing = { models: ListedModel[]; unreadable: number } | NoAnswer

/** How a listing is fetched. */
export interface FetchParts {
  env: NodeJS.ProcessEnv
  /** Hosts that a person opened to providers that are not trusted. */
  egressAllow: readonly string[]
  /** The moment listed prices are from. */
  at: Date
  signal?: AbortSignal
  /** For each page; 30 s by default. */
  timeoutMs?: number
}

/** More pages mean a loop: the longest listing seen has one. */
const mostPages = 50

/** Fetches a provider's models, page by page. Never rejects. */
export async function fetchListing(provider: ConfiguredProvider, parts: FetchParts): Promise<Listing> {
  const models = new Map<string, ListedModel>()
  let unreadable = 0
  let after: string | null = null
  for (let number = 1; number <= mostPages; number += 1) {
    const page = await fetchPage(provider, after, parts)
    if ('problem' in page) return page
    for (const model of page.models) models.set(model.model, model)
    unreadable += page.unreadable
    if (page.isCut) return { problem: 'the listing says that there is more, but not where', status: 200 }
    after = page.next
    if (after === null) return { models: [...models.values()], unreadable }
  }
  return { problem: `the listing has more than ${mostPages} pages`, status: 200 }
}

async function fetchPage(
  provider: ConfiguredProvider,
  after: string | null,
  parts: FetchParts,
): Promise<ListingPage | NoAnswer> {
  const { entry, baseUrl, key } = provider
  const { list } = entry
  const url = new URL(`${baseUrl}${list.path}`)
  if (after !== null) url.searchParams.set(list.after ?? 'after', after)
  const answer = await getJson(url, {
    headers: { ...entry.headers, ...list.headers, ...keyHeaders(key, list.keyHeader) },
    keys: [key],
    env: parts.env,
    egress: egressTo(provider, parts.egressAllow),
    timeoutMs: parts.timeoutMs ?? 30_000,
    ...(parts.signal && { signal: parts.signal }),
  })
  const where = `GET ${url.origin}${url.pathname}`
  if ('problem' in answer) return { ...answer, problem: redact(`${where} ${answer.problem}`, [key]) }
  return (
    readListing(withoutKeysIn(answer.body, [key]), list, parts.at.toISOString()) ?? {
      problem: `${where} answered with JSON that is not a list of models`,
      status: 200,
    }
  )
}

const keyHeaders = (key: string | null, name = 'authorization'): Record<string, string> =>
  key === null ? {} : { [name]: name === 'authorization' ? `Bearer ${key}` : key }
