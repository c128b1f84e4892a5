import type { Settings } from '../core/plan.ts'
import type { Result } from '../core/result.ts'
import type { ClaimedProbe, MadeCalls } from '../store/store.ts'

/** What a run may cost, and how many of its calls may fail. */
export interface Limits {
  /** Why no further probe is made, or null. */
  reason: () => string | null
  /** Takes the room of one more call, in the order of asking; waits for calls in flight if only their estimates leave none. */
  take: () => Promise<boolean>
  /** Gives it back: by a result, or null if the call was not made. */
  give: (claimed: ClaimedProbe | null, result: Pick<Result, 'success' | 'costUsd'> | null) => void
}

/** Opens the limits of a run, of which other workers may have made some calls. */
export function openLimits(
  { maxCostUsd, maxErrors, mostCallUsd: mostUsd = 0 }: Settings,
  made: MadeCalls = { usd: 0, errors: 0 },
): Limits {
  const most = { usd: maxCostUsd ?? Infinity, errors: maxErrors ?? Infinity }
  const state = {
    spent: made.usd,
    open: 0,
    errors: made.errors,
    reason: made.errors >= most.errors ? 'max errors' : null,
  }
  let changed = Promise.withResolvers<void>()
  let last: Promise<boolean> = Promise.resolve(true)
  const takeRoom = async (): Promise<boolean> => {
    while (state.reason === null && state.spent + (state.open + 1) * mostUsd > most.usd) {
      if (state.open === 0) state.reason = 'max cost'
      else await changed.promise
    }
    if (state.reason !== null) return false
    state.open += 1
    return true
  }
  return {
    reason: () => state.reason,
    // In turn: a call that is claimed later must not take the room that an earlier one waits for.
    take: () => (last = last.then(takeRoom)),
    give: (claimed, result) => {
      state.open -= 1
      if (claimed !== null && result !== null) {
        state.spent += costOf(claimed, result)
        state.errors += result.success ? 0 : 1
        if (state.errors >= most.errors) state.reason ??= 'max errors'
      }
      changed.resolve()
      changed = Promise.withResolvers()
    },
  }
}

/** As a budget counts it: what is unknown costs what it may have cost. */
const costOf = (
  { probe: { estimateUsd, inputUsd } }: ClaimedProbe,
  { success, costUsd }: Pick<Result, 'success' | 'costUsd'>,
): number => costUsd ?? (success ? estimateUsd : inputUsd) ?? 0
