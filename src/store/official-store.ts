import type { z } from 'zod'
import type { OfficialError, OfficialStatus } from '../core/official-status.ts'
import type * as official from './official-codec.ts'

type Answer<Schema extends z.ZodType> = Promise<z.output<Schema>>

/** What came of asking a provider's status page. */
export type OfficialInput = { provider: string } & (
  | { status: OfficialStatus; validators: official.Validators }
  /** What was saved still holds. */
  | { unchanged: true }
  | { error: OfficialError }
)

/** What providers say of themselves. Every write may be repeated. */
export interface OfficialStore {
  /**
   * The providers among these that are benchmarked and that nobody began to ask within `minAgeMs`; whoever is given
   * one is to ask it. Of two that claim at once, one gets a provider.
   */
  claimOfficialStatuses: (input: {
    providers: readonly string[]
    minAgeMs: number
  }) => Answer<typeof official.claimedStatuses>
  /** Saves what a provider says, or why that is not known. An open incident that it no longer lists is over. */
  saveOfficialStatus: (input: OfficialInput) => Answer<typeof official.savedStatus>
  /** What each provider said last, unknown after 30 minutes, with its open incidents. */
  listOfficialStatuses: () => Answer<typeof official.officialStatusList>
}
