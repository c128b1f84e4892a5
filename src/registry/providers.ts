import type { ProviderEntry } from '../core/provider.ts'
import { hosts } from './hosts.ts'
import { labs } from './labs.ts'

/**
 * Every known provider. Key names and base URLs are the providers' own; candidates are cheap, small models,
 * best first, that were available on 2026-11-21.
 */
export const providers: readonly ProviderEntry[] = [...labs, ...hosts]

/** What OpenTelemetry's GenAI conventions call a provider; its id if they have no name for it. */
export const genAiName = (id: string): string => providers.find((entry) => entry.id === id)?.genAiName ?? id
