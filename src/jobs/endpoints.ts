import type { ConfiguredProvider } from '../core/provider.ts'
import { egressProblem } from '../net/egress.ts'
import { parseBaseUrl } from '../registry/base-url.ts'
import { customEntry } from '../registry/custom.ts'
import { sha256 } from '../run/plan.ts'
import type { Store } from '../store/store.ts'

/** An OpenAI-compatible endpoint that a request names. */
export interface NamedEndpoint {
  baseUrl: string
  model: string
  /** What people call it; its host if null. */
  name: string | null
}

const prefix = 'endpoint-'

/**
 * An endpoint as a provider of its own: never trusted, so that its address must be public or opened by EGRESS_ALLOW, and without
 * a key, also if a provider at the same address has one. Its id comes from its base URL: it is the same one each time.
 */
export function endpointProvider(
  { baseUrl: text, model, name }: NamedEndpoint,
  egressAllow: readonly string[],
): ConfiguredProvider | { problem: string } {
  const base = parseBaseUrl(text)
  if ('problem' in base) return { problem: `the base URL ${base.problem}` }
  const { baseUrl } = base
  const refused = egressProblem(baseUrl, egressAllow)
  if (refused !== null) return { problem: `${refused.message}; EGRESS_ALLOW opens a host` }
  return providerAt({ baseUrl, model, name })
}

function providerAt({ baseUrl, model, name }: NamedEndpoint): ConfiguredProvider {
  const entry = customEntry({ name: name ?? new URL(baseUrl).host, baseUrl, model })
  const id = `${prefix}${sha256(baseUrl).slice(0, 12)}`
  return { entry: { ...entry, id, keyNames: [] }, baseUrl, key: null, synthetic: false, trusted: false }
}

/** The endpoints that a request has named for a run, for its worker. Each call passes the guard anew. Rejects with StoreError. */
export async function endpointsOf(
  runId: string,
  store: Pick<Store, 'readRun' | 'listProviders'>,
): Promise<ConfiguredProvider[]> {
  const { targets } = await store.readRun({ id: runId, limit: 1 })
  const named = targets.filter(({ provider }) => provider?.startsWith(prefix))
  if (named.length === 0) return []
  const { rows } = await store.listProviders({})
  return rows.flatMap(({ id, name, base_url: baseUrl }) => {
    const model = named.find(({ provider }) => provider === id)?.model ?? null
    return model === null || baseUrl === null ? [] : [providerAt({ baseUrl, model, name })]
  })
}
