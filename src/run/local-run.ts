import type { Plan } from '../core/plan.ts'
import { createMemoryStore } from '../store/memory.ts'
import { toPlanInput } from '../store/plan-codec.ts'
import type { Spool } from '../store/spool.ts'
import type { ClaimedProbe, RunStore } from '../store/store.ts'
import type { ProbeFilter } from './pacing.ts'
import { leaseMsOf, type RecorderParts } from './parts.ts'

/** What a local run is opened with. */
interface LocalParts extends Pick<RecorderParts, 'clock' | 'region'> {
  spool: Spool
  /** False if the run could not be written; then it is spooled. */
  isReachable: boolean
}

/** The plan of a run in this process, to go by while the database is unreachable. */
export interface LocalRun {
  store: Pick<RunStore, 'recordResult' | 'finishRun' | 'extendRun' | 'skipProbes'>
  /** Probes that the database handed out. */
  begun: Set<string>
  claim: (filter: ProbeFilter) => Promise<ClaimedProbe | null>
}

export async function openLocalRun(
  plan: Plan,
  { clock, region, spool, isReachable }: LocalParts,
): Promise<LocalRun> {
  const store = createMemoryStore(clock)
  await store.startRun(plan, region)
  if (!isReachable) spool.add(plan.id, { name: 'start_run', input: toPlanInput(plan, region) })
  const begun = new Set<string>()
  const asked = { runId: plan.id, owner: 'local', leaseMs: leaseMsOf(plan.settings), region }
  const claim = async (filter: ProbeFilter): Promise<ClaimedProbe | null> => {
    for (;;) {
      const next = await store.claimProbe({ ...asked, ...filter })
      if (next === null || !begun.has(next.probe.id)) return next
    }
  }
  return { store, begun, claim }
}
