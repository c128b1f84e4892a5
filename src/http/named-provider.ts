import type { PlannedProvider } from '../core/plan.ts'
import { providers } from '../registry/providers.ts'
import type { HttpParts } from './parts.ts'

/** What the database is told of a provider that it may not have yet; null if only the database can know it. */
export function aboutProvider(
  id: string,
  { configured }: Pick<HttpParts, 'configured'>,
): PlannedProvider | null {
  const callable = configured().find(({ entry }) => entry.id === id)
  const entry = callable?.entry ?? providers.find((each) => each.id === id)
  if (entry === undefined) return null
  const { name, logoUrl } = entry
  const baseUrl = callable?.baseUrl ?? entry.baseUrl
  return { id, name, baseUrl, logoUrl, synthetic: callable?.synthetic ?? false }
}
