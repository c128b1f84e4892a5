import type { ErrorKind } from '../core/outcome.ts'
import type { ProviderError } from './provider-error.ts'

/** Why a call failed: the kind, and what the provider or the socket reported. */
export interface Cause {
  kind: ErrorKind
  error: ProviderError | null
}
