import type { Plan } from '../core/plan.ts'
import { cpuShare } from '../lab/cpu-share.ts'
import type { LevelRow } from '../lab/level-rows.ts'
import { toRunRow } from '../store/run-codec.ts'
import { readSweepRows } from '../store/sweep-rows.ts'
import { begin, toStoreFailed } from './begin.ts'
import { startAhead } from './ahead.ts'
import { openChannel } from './channel.ts'
import type { RunEvent } from './events.ts'
import { fill } from './fill.ts'
import { openGrowth } from './growth.ts'
import { reasonToStop, runLane, type Shared } from './lane.ts'
import { openLimits } from './limits.ts'
import { openRecorder } from './open-recorder.ts'
import { pacingOf, type Stage } from './pacing.ts'
import type { ActiveRun, RunParts } from './parts.ts'

/**
 * Carries a plan out: starts the run, makes its probes, records each as it ends, closes the run.
 * `isReachable` is false if the database is known to be unreachable. Rejects with StoreError if the run
 * cannot be started.
 */
export async function* execute(plan: Plan, parts: RunParts, isReachable = true): AsyncGenerator<RunEvent> {
  const begun = await begin(plan, parts, isReachable)
  if ('event' in begun) yield begun.event
  else {
    const { active, isNew } = begun
    const run = toRunRow(active.run)
    yield isNew ? { type: 'run_started', run, ...startedWith(plan) } : { type: 'run_joined', run }
    yield* work(active, parts, begun.isReachable)
  }
}

function startedWith({ settings, probes }: Plan) {
  // A request of a trace has a size of its own.
  const sized = settings.levels ?? probes
  const tiers = new Set(sized.map(({ contextTokens }) => contextTokens ?? 0))
  return {
    max_tokens: settings.maxTokens,
    concurrency: settings.concurrency,
    context_tiers: Math.max(0, ...tiers) === 0 ? [] : [...tiers].toSorted((a, b) => a - b),
    n_warmups: probes.filter(({ warmup }) => warmup).length,
  }
}

/** The lease of a joining worker, in ms; its first claim replaces it by that of a call. */
const joiningMs = 30_000

/** Resumes a run that another worker left; skips it if nothing is left to do or another worker holds it. */
export async function* resume(runId: string, parts: RunParts): AsyncGenerator<RunEvent> {
  const { store, region, owner } = parts
  try {
    const worker = { owner, leaseMs: joiningMs }
    const { joined, run, settings, made, left = null } = await store.joinRun({ runId, region, worker })
    yield { type: joined ? 'run_joined' : 'run_skipped', run: toRunRow(run) }
    if (!joined) return
    const recorded = settings.search === undefined ? [] : await readSweepRows<LevelRow>(runId, store)
    yield* work({ run, settings, plan: null, recorded, left, ...(made && { made }) }, parts, true)
  } catch (error) {
    yield toStoreFailed(error)
  }
}

/** Makes the probes of a run that this worker holds, paced as its settings say, and closes it. */
async function* work(active: ActiveRun, parts: RunParts, isReachable: boolean): AsyncGenerator<RunEvent> {
  try {
    const recorder = await openRecorder(active, parts, isReachable)
    const channel = openChannel<RunEvent>()
    const { run, settings } = active
    const { stages, rechecks } = pacingOf(
      { mode: run.mode, settings },
      {
        providers: parts.providers.map(({ entry }) => entry.id),
        probes: active.plan?.probes ?? active.left ?? null,
      },
    )
    const abandoned = new AbortController()
    const stop = AbortSignal.any([parts.stop, abandoned.signal])
    const shared: Shared = {
      active,
      parts: { ...parts, stop },
      recorder,
      rechecks,
      limits: openLimits(settings, active.made),
      growth: openGrowth({
        settings,
        nProbes: run.nProbes,
        recorded: active.recorded ?? [],
        recorder,
        uuid: parts.uuid,
        random: parts.random,
        emit: channel.push,
      }),
      unmade: new Set(),
      made: { count: 0 },
      emit: channel.push,
    }
    // Its thread takes a second or two to begin, in which requests would be late.
    if (hasContexts(active)) await fill({ tokens: 0, seed: '' })
    makeStages(growing(stages, shared), shared, abandoned).then(() => channel.end(), channel.end)
    try {
      yield* channel
    } finally {
      // Nobody watches anymore: each lane ends after its probe in hand.
      abandoned.abort()
    }
    yield await close(shared, parts)
  } catch (error) {
    yield toStoreFailed(error)
  }
}

/** Stages one after the other, and after each those that its search adds by what came of it. */
async function* growing(stages: readonly Stage[], shared: Shared): AsyncGenerator<Stage> {
  const { clock, cpu } = shared.parts
  const stamp = () => cpu && { at: clock.now(), ...cpu() }
  for (const planned of stages) {
    let stage: Stage | null = planned
    while (stage !== null) {
      const from = stamp()
      yield stage
      const to = stamp()
      stage = await stageAfter(stage, from && to ? cpuShare(from, to) : null, shared)
    }
  }
}

async function stageAfter(
  stage: Stage,
  share: number | null,
  { active, parts, limits, growth }: Shared,
): Promise<Stage | null> {
  const isOver = (limits.reason() ?? reasonToStop(active, parts)) !== null
  return isOver || !('pace' in stage) ? null : growth.next(stage.filter.level, share)
}

const hasContexts = ({ plan, settings: { levels = [], work: said } }: ActiveRun): boolean =>
  plan?.probes.some(({ contextTokens }) => contextTokens !== null) ??
  (said?.trace !== undefined || levels.some(({ contextTokens }) => contextTokens !== null))

/**
 * Makes one stage after another. A lane that fails ends the others, each after its probe in hand, whose result is
 * kept, and rejects.
 */
async function makeStages(
  stages: AsyncIterable<Stage>,
  shared: Shared,
  abandoned: AbortController,
): Promise<void> {
  for await (const stage of stages) {
    const lanes =
      'pace' in stage ? startAhead(shared, stage) : stage.lanes.map((filter) => runLane(shared, filter))
    for (const lane of lanes) lane.catch(() => abandoned.abort())
    const failed = (await Promise.allSettled(lanes)).find((lane) => lane.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }
}

async function close({ active, recorder, limits, unmade, made }: Shared, parts: RunParts): Promise<RunEvent> {
  const reason = limits.reason() ?? reasonToStop(active, parts)
  const isOver = reason === 'out of time' && parts.deadline?.onExpiry === 'hand_over' && made.count > 0
  if (isOver || reason === 'left') {
    const run = toRunRow(await recorder.handOver())
    return run.status === 'running'
      ? { type: 'run_handed_over', run }
      : { type: 'run_finished', run, spooled: false }
  }
  const { run, spooled } = await recorder.finish(reason, parts.stop.aborted ? 'cancelled' : 'finished', [
    ...unmade,
  ])
  return { type: 'run_finished', run: toRunRow(run), spooled }
}
