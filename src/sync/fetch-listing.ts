import type { ListedModel } from '../core/catalog.ts'
import { asObject } from '../core/json.ts'
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
  /** For all pages; two minutes by default. */
  totalMs?: number
}

/** More pages mean a loop: the longest listing seen has one. */
const mostPages = 50

/** Characters of JSON of all its models: twenty times the longest listing seen (0.7 MB). */
const mostKept = 16 * 2 ** 20

/** Fetches a provider's models, page by page. Never rejects. */
export async function fetchListing(provider: ConfiguredProvider, parts: FetchParts): Promise<Listing> {
  const { signal, totalMs = 120_000 } = parts
  const total = AbortSignal.timeout(totalMs)
  const both = signal ? AbortSignal.any([signal, total]) : total
  const listing = await fetchPages(provider, { ...parts, signal: both })
  if (!('problem' in listing)) return listing
  if (total.aborted) return { ...listing, problem: `the listing was not complete within ${totalMs / 1000} s` }
  return ranOut(signal)
    ? { ...listing, problem: 'the time was over before the listing was complete' }
    : listing
}

/** Whether it was time that ended something, not a person. */
export const ranOut = (signal: AbortSignal | undefined): boolean =>
  signal?.aborted === true && asObject(signal.reason)?.['name'] === 'TimeoutError'

async function fetchPages(provider: ConfiguredProvider, parts: FetchParts): Promise<Listing> {
  const models = new Map<string, ListedModel>()
  let unreadable = 0
  let kept = 0
  let after: string | null = null
  for (let number = 1; number <= mostPages; number += 1) {
    const page = await fetchPage(provider, after, parts)
    if ('problem' in page) return page
    kept += JSON.stringify(page.models).length
    if (kept > mostKept)
      return { problem: `the listing is longer than ${mostKept / 2 ** 20} MiB`, status: 200 }
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
