import type { Check } from '../core/check.ts'
import type { ConfiguredProvider } from '../core/provider.ts'
import { configuredProviders, type Environment } from '../registry/configure.ts'
import { fetchListing, type Listing } from '../sync/fetch-listing.ts'
import { fail, ok, warn } from './check.ts'

/** How long a provider may take to answer, in ms. */
const keyTimeoutMs = 10_000

/** Calls every configured provider once, with its key, for its list of models. */
export function keyChecks(env: Environment, at: Date): Promise<Check[]> {
  const { providers } = configuredProviders(env)
  return Promise.all(
    providers.map(async (provider) =>
      keyCheck(provider, await fetchListing(provider, { env, egressAllow: [], at, timeoutMs: keyTimeoutMs })),
    ),
  )
}

/** Statuses that say nothing about the key: no listing, rate limited, or an error of the provider's own. */
const saysNothing = (status: number) => status < 400 || [404, 405, 408, 429].includes(status) || status >= 500

function keyCheck({ entry, baseUrl }: ConfiguredProvider, listing: Listing): Check {
  const name = `key ${entry.id}`
  if ('models' in listing) {
    const count = listing.models.length
    return ok(name, `ok: ${count} ${count === 1 ? 'model' : 'models'} listed`)
  }
  const { status, problem } = listing
  if (status === null)
    return fail(
      name,
      `unreachable: ${problem}`,
      `is ${entry.baseUrlName} right (${baseUrl})? the network? a proxy?`,
    )
  if (saysNothing(status))
    return warn(name, `unreachable: ${problem}`, 'the key could not be tried; a run will show')
  return fail(name, `refused: ${problem}`, `check ${entry.keyNames.join(' or ')}`)
}
