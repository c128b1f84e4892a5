import { toJsonText } from '../core/json.ts'
import type { SyncOutcome } from '../core/catalog.ts'
import type { Trigger } from '../core/plan.ts'
import type { ConfiguredProvider } from '../core/provider.ts'
import { providers as known } from '../registry/providers.ts'
import { toSyncRow } from '../store/model-codec.ts'
import type { StoreFailure } from '../store/store.ts'

/** The registered providers that a sync does not ask, each with the variable that would change that. */
export const notAsked = (asked: readonly ConfiguredProvider[]): { provider: string; reason: string }[] =>
  known
    .filter(({ id }) => !asked.some(({ entry }) => entry.id === id))
    .map(({ id, keyNames }) => ({ provider: id, reason: `not asked: ${keyNames.join(' or ')} is not set` }))

/** What the document of a sync is made from. */
interface SyncDocument {
  trigger: Trigger
  dryRun: boolean
  outcomes: readonly SyncOutcome[]
  notes: readonly string[]
  asked: readonly ConfiguredProvider[]
  /** The store failed, which ended the sync; null if it did not. */
  error: StoreFailure | null
}

/** The document of a sync, as `--json` prints it. */
export function syncDocument({ trigger, dryRun, outcomes, notes, asked, error: lost }: SyncDocument): string {
  const syncs = outcomes.map((outcome) => ({
    provider: outcome.provider.id,
    ...toSyncRow({ outcome, trigger }),
  }))
  const error = lost === null ? null : { kind: lost.kind, message: lost.message }
  const document = { dry_run: dryRun, syncs, not_asked: notAsked(asked), notes, error }
  return `${toJsonText(document, 2)}\n`
}
