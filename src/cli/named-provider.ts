import type { PlannedProvider } from '../core/plan.ts'
import type { ProviderEntry } from '../core/provider.ts'
import { configuredProviders } from '../registry/configure.ts'
import { providers as registered } from '../registry/providers.ts'
import type { App } from '../jobs/app.ts'
import { isAsked } from './providers.ts'

/** Finds a provider by id or display name: configured, in the registry, or known only to the database. */
export function providerNamed(
  name: string,
  { env }: Pick<App, 'env'>,
): { id: string; entry: ProviderEntry | null; about: PlannedProvider | null } {
  const configured = configuredProviders(env).providers.find(({ entry }) => isAsked(entry, [name]))
  const entry = configured?.entry ?? registered.find((each) => isAsked(each, [name])) ?? null
  if (entry === null) return { id: name, entry: null, about: null }
  const { id, name: displayName, logoUrl } = entry
  const baseUrl = configured?.baseUrl ?? entry.baseUrl
  return { id, entry, about: { id, name: displayName, baseUrl, logoUrl, synthetic: false } }
}
