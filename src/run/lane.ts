import type { Settings } from '../core/plan.ts'
import { makeNonce, withNonce } from '../core/prompt.ts'
import type { Result } from '../core/result.ts'
import type { Call } from '../probe/probe.ts'
import { encodeResult } from '../store/result-codec.ts'
import type { ClaimedProbe, RunRecord } from '../store/store.ts'
import type { ProbeRow, RunEvent } from './events.ts'
import { fill } from './fill.ts'
import { fillerOrder } from './filler-order.ts'
import type { Growth } from './growth.ts'
import type { Limits } from './limits.ts'
import type { ProbeFilter } from './pacing.ts'
import type { ActiveRun, RunParts } from './parts.ts'
import type { RunRecorder } from './recorder.ts'
import { toResult } from './to-result.ts'

/** What making probes needs. */
export type LaneParts = Pick<
  RunParts,
  | 'owner'
  | 'clock'
  | 'random'
  | 'uuid'
  | 'sleep'
  | 'providers'
  | 'measure'
  | 'deadline'
  | 'stop'
  | 'leave'
  | 'cpu'
  | 'isInMaintenance'
>

/** What the lanes of a run share. */
export interface Shared extends Lane {
  active: ActiveRun
  recorder: RunRecorder
  /** What ends the run early. */
  limits: Limits
  /** What is added to its plan. */
  growth: Growth
  /** Ids of probes that were claimed and are not made. */
  unmade: Set<string>
}

/** What a lane makes probes with. */
export interface Lane {
  active: { run: Pick<RunRecord, 'id'>; settings: Settings }
  parts: LaneParts
  recorder: Pick<RunRecorder, 'claim' | 'record' | 'planConfirm'>
  /** Whether a probe that fails by the provider's fault is rechecked. */
  rechecks: boolean
  /** Probes that have begun. */
  made: { count: number }
  emit: (event: RunEvent) => Promise<void>
}

/** Makes one probe after another of those a filter admits, until there is none or a reason to stop. */
export async function runLane(shared: Lane, filter: ProbeFilter): Promise<void> {
  const { active, parts, recorder, rechecks } = shared
  while (reasonToStop(active, parts) === null) {
    const claimed = await recorder.claim(filter)
    if (claimed === null) return
    const { faultDomain } = await makeProbe(claimed, shared)
    if (rechecks && !claimed.probe.warmup && faultDomain === 'provider') await confirm(claimed, shared)
  }
}

const atOnce = { dueAt: null, scheduledAt: null }

async function makeProbe(claimed: ClaimedProbe, shared: Lane): Promise<Pick<Result, 'faultDomain'>> {
  const { parts, recorder, made, emit } = shared
  made.count += 1
  await emit({ type: 'probe_started', probe: toProbeRow(claimed), number: made.count })
  const prepared = await callOf(claimed, parts)
  const result = await measured(claimed, { ...prepared, ...atOnce }, shared)
  await emit(await recorder.record({ ...(await encodeResult(result)), owner: parts.owner }))
  return { faultDomain: result.faultDomain }
}

/** A recheck 3 to 5 s later tells a hiccup from an outage. It is not rechecked itself. */
async function confirm({ probe }: ClaimedProbe, shared: Lane): Promise<void> {
  const { active, recorder, parts } = shared
  const { uuid, sleep, random } = parts
  const id = uuid()
  if (!(await recorder.planConfirm({ probeId: probe.id, id, resultId: uuid() }))) return
  await sleep(3000 + 2000 * random())
  const again = reasonToStop(active, parts) === null ? await recorder.claim({ probeId: id }) : null
  if (again !== null) await makeProbe(again, shared)
}

/** Why no further probe may begin: `interrupted`, `left` to another worker, `out of time`, or null. */
export function reasonToStop(
  { settings }: Lane['active'],
  { stop, leave, deadline, clock }: Pick<RunParts, 'stop' | 'leave' | 'deadline' | 'clock'>,
): string | null {
  if (stop.aborted) return 'interrupted'
  if (leave?.aborted) return 'left'
  const fits = deadline === null || clock.now() + settings.timeouts.total <= deadline.at
  return fits ? null : 'out of time'
}

/** A probe as people are shown it. */
export const toProbeRow = ({
  probe: { id, target, region, iteration, contextTokens, warmup },
}: ClaimedProbe): ProbeRow => ({
  id,
  provider: target.provider,
  model: target.model,
  region,
  iteration,
  context_tokens: contextTokens,
  warmup,
})

/** A call that can be made. */
interface Prepared {
  call: Call
  contextTokensCounted: number | null
}

/** Prepares the call of a probe, before its clock runs: a long prompt takes time to make. */
export async function callOf(
  { probe, settings }: ClaimedProbe,
  { providers, random }: Pick<LaneParts, 'providers' | 'random'>,
): Promise<Prepared> {
  const provider = providers.find(({ entry }) => entry.id === probe.target.provider)
  if (provider === undefined)
    throw new Error(`probe ${probe.id} is for ${probe.target.provider}, which is not configured here`)
  const nonce = probe.asks?.nonce ?? makeNonce(random)
  const prompt = withNonce(settings.prompt, nonce)
  const order = fillerOrder(probe, { work: settings.work, nonce, prompt })
  const filler = order === null ? null : await fill(order)
  const { model, parameters: usual } = probe.target
  const maxTokens = probe.asks?.maxTokens
  const parameters = maxTokens === undefined ? usual : { ...usual, maxTokens }
  // What has no room for filler has no system message.
  const call = { provider, model, parameters, settings, system: filler?.text || null, prompt }
  return { call, contextTokensCounted: filler?.tokens ?? null }
}

/** A prepared call, and when it is to be sent: as a `clock.now()` and by the wall clock, or null to send it at once. */
interface Timed extends Prepared {
  dueAt: number | null
  scheduledAt: Date | null
}

/** Makes the call of a probe. */
export async function measured(
  claimed: ClaimedProbe,
  { call, contextTokensCounted, dueAt, scheduledAt }: Timed,
  { active, parts }: Pick<Lane, 'active' | 'parts'>,
): Promise<Result> {
  const about = { runId: active.run.id, probe: toProbeRow(claimed) }
  const seen = await parts.measure(dueAt === null ? call : { ...call, dueAt }, about)
  const { synthetic } = call.provider
  const { target } = claimed.probe
  const of = { provider: target.provider, targetId: claimed.targetId }
  const maintenance = parts.isInMaintenance?.(of, seen.startedAt) ?? false
  return toResult(claimed, {
    seen,
    runId: active.run.id,
    synthetic,
    contextTokensCounted,
    scheduledAt,
    maintenance,
  })
}
