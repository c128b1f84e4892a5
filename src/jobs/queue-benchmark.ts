import type { Budget } from '../core/budget.ts'
import type { Plan, Probe, Settings } from '../core/plan.ts'
import type { ConfiguredProvider } from '../core/provider.ts'
import { isKeyless } from '../registry/configure.ts'
import type { Job, StartRate } from '../store/job-codec.ts'
import { noSuchRow, type RunRecord, type Store, StoreError } from '../store/store.ts'
import { withStore } from '../store/with-store.ts'
import type { App } from './app.ts'
import { type Estimate, estimateOf } from './estimate.ts'
import { type Asker, hashesOf, type JobRefusal, type JobRequest, onDemandProviders } from './job-request.ts'
import { paceOfSweeps } from './pace-of-sweeps.ts'
import { planBenchmark } from './plan-benchmark.ts'
import type { Sweep } from './sweep.ts'

/** What a caller may have open already. */
export interface JobTools {
  /** An open store, which stays open; one is opened without. */
  store?: Store
  /** Whom it may call; by default whom the environment configures, see `onDemandProviders`. */
  configured?: readonly ConfiguredProvider[]
}

/** A run on demand that waits its turn, or that the same call queued before. */
export interface QueuedBenchmark extends Job {
  created: boolean
  rate: StartRate
  estimate: Estimate
  /** What a person should know before it begins. */
  notes: string[]
}

/** What more may wait than this is refused. */
const maxQueued = 100

/** The most that a run may cost in USD if neither a budget nor its caller says. */
const unaskedUsd = 1

/**
 * Plans a run on demand and queues it; whoever runs `keepJobs`, or is told of it, makes it. Rejects with
 * StoreError.
 */
export const queueBenchmark = (
  request: JobRequest & Asker,
  app: App,
  tools: JobTools = {},
): Promise<QueuedBenchmark | { refusal: JobRefusal }> =>
  using(app, tools, async (store) => {
    const { maxCostUsd } = request
    const planned = await planJob(request, app, { ...tools, store })
    if ('refusal' in planned) return planned
    const { plan, notes, estimate } = planned
    const refusal = costRefusal(estimate, request, app.config.defaults.budget)
    if (refusal !== null) return { refusal }
    const { client, idempotencyKey } = hashesOf(request)
    const limits = { client, perHour: app.config.onDemand.startsPerHour, maxQueued }
    const { region } = app.config.defaults
    const queued = await store.queueRun({ plan, region, maxCostUsd, idempotencyKey, limits })
    if ('refused' in queued) return { refusal: refusalOf(queued) }
    if (!queued.created && !(await isSame(queued.run.id, request, store)))
      return {
        refusal: refuse('key_reused', 'This idempotency key was used for another request: choose a new one.'),
      }
    return { ...queued, estimate, notes }
  })

/** Whether a run was asked for in the same words. */
async function isSame(id: string, { requestHash }: Asker, store: Pick<Store, 'readRun'>): Promise<boolean> {
  if (requestHash === undefined) return true
  const { settings } = await store.readRun({ id, limit: 1 })
  return settings['request_hash'] === requestHash
}

/**
 * What a run on demand would take and cost, and why it would be refused; null if it would not. Rejects with
 * StoreError.
 */
export const estimateBenchmark = (
  request: JobRequest,
  app: App,
  tools: JobTools = {},
): Promise<
  { estimate: Estimate; notes: string[]; wouldRefuse: JobRefusal | null } | { refusal: JobRefusal }
> =>
  using(app, tools, async (store) => {
    const planned = await planJob(request, app, { ...tools, store })
    if ('refusal' in planned) return planned
    const { estimate, notes } = planned
    const wouldRefuse = costRefusal(estimate, request, app.config.defaults.budget)
    return { estimate, notes, wouldRefuse }
  })

/**
 * Cancels a run: its worker, in whichever process, ends the probe in hand within a second; the rest is skipped.
 * A closed run stays as it is. Rejects with StoreError.
 */
export const cancelBenchmark = (
  runId: string,
  app: App,
  tools: JobTools = {},
): Promise<{ run: RunRecord } | { refusal: JobRefusal }> =>
  using(app, tools, async (store) => {
    try {
      return { run: await store.cancelRun({ runId }) }
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== noSuchRow) throw error
      return { refusal: { kind: 'no_such_run', message: `There is no run ${runId}.` } }
    }
  })

const using = <Output>(app: App, { store }: JobTools, use: (store: Store) => Promise<Output>) =>
  store === undefined ? withStore(app.store.open, use) : use(store)

interface PlannedJob {
  plan: Plan
  notes: string[]
  estimate: Estimate
}

async function planJob(
  request: JobRequest & Partial<Asker>,
  app: App,
  { store, configured: callable = onDemandProviders(app.env) }: JobTools & { store: Store },
): Promise<PlannedJob | { refusal: JobRefusal }> {
  const { targets: named, mode, prompt, maxTokens, temperature, order, ...calls } = request
  const { contextTiers, warmup, requestHash, sweep } = request
  const { clock, sleep, uuid, findPrice, config } = app
  const known = [...callable, ...(request.endpoints ?? [])]
  const configured = known.filter(({ entry }) => named.some(({ provider }) => provider === entry.id))
  const planned = await planBenchmark(
    {
      trigger: 'api',
      scheduled: false,
      providers: [],
      model: null,
      named,
      ...(mode !== 'sweep' && { mode }),
      ...calls,
    },
    {
      store,
      isReachable: true,
      mayGoWithout: false,
      clock,
      sleep,
      startBy: clock.now(),
      stop: new AbortController().signal,
      random: Math.random,
      uuid,
      configured,
      // As many calls as were asked for, and no more.
      defaults: { ...config.defaults, prompt, maxTokens, temperature, order, confirm: false },
      egressAllow: config.egressAllow,
      findPrice,
    },
  )
  if ('refusal' in planned) return { refusal: { kind: 'bad_selection', message: planned.refusal.message } }
  const { settings } = planned.plan
  const kept = { contextTiers, warmup, ...(requestHash !== undefined && { requestHash }) }
  const asked = { ...settings, ...runsOf(request), ...kept }
  const plan = sparingKeyless({ ...planned.plan, settings: asked }, configured)
  const unknown = plan.providers
    .map(({ id }) => id)
    .filter((id) => !planned.pace.some(({ provider }) => provider === id))
  const pace = [...planned.pace, ...(await paceOfSweeps(unknown, store))]
  const estimate = endingAt(sweep, estimateOf(plan, { configured, pace }))
  return { plan, notes: planned.notes, estimate }
}

/** How many calls each target has with each context tier; not of a sweep whose levels differ in that, or nobody knows. */
const runsOf = ({ runs, sweep }: JobRequest): Pick<Settings, 'runs'> =>
  sweep === undefined
    ? { runs }
    : sweep.search === undefined && sweep.durationMs === undefined
      ? { runs: sweep.total }
      : {}

/** A sweep ends before the call that could exceed what it may cost. */
const endingAt = (sweep: Sweep | undefined, estimate: Estimate): Estimate => ({
  ...estimate,
  costUsd: Math.min(estimate.costUsd, sweep?.maxCostUsd ?? Infinity),
})

/** A target whose provider lacks its key is called once, with the least context: its refusal says all that can be known. */
function sparingKeyless(plan: Plan, configured: readonly ConfiguredProvider[]): Plan {
  const keyless = new Set(configured.filter(isKeyless).map(({ entry }) => entry.id))
  if (keyless.size === 0) return plan
  const isSpared = ({ target, skipReason }: Probe) => keyless.has(target.provider) && skipReason === undefined
  const called = new Map<string, Probe>()
  for (const probe of plan.probes) {
    const known = called.get(nameOf(probe))
    if (isSpared(probe) && !probe.warmup && (known === undefined || sizeOf(probe) < sizeOf(known)))
      called.set(nameOf(probe), probe)
  }
  const probes = plan.probes.map((probe) =>
    isSpared(probe) && called.get(nameOf(probe)) !== probe ? { ...probe, skipReason: 'no_key' } : probe,
  )
  // While a level lasts, calls are added to it.
  const levels = plan.settings.levels?.map(({ durationMs, ...level }) =>
    keyless.has(level.provider) || durationMs === undefined ? level : { ...level, durationMs },
  )
  return { ...plan, settings: { ...plan.settings, ...(levels && { levels }) }, probes }
}

const nameOf = ({ target: { provider, model } }: Probe): string => JSON.stringify([provider, model])
const sizeOf = ({ contextTokens }: Probe): number => contextTokens ?? 0

/** Why a run would cost too much, or nobody knows how much; null if it may begin. */
function costRefusal(
  { costUsd, unpriced }: Estimate,
  { maxCostUsd, sweep }: JobRequest,
  budget: Budget | null,
): JobRefusal | null {
  const most = `$${costUsd.toFixed(4)}`
  // It ends before the call that could exceed it.
  if (maxCostUsd !== null && sweep !== undefined) return null
  if (maxCostUsd !== null)
    return costUsd <= maxCostUsd
      ? null
      : refuse(
          'over_max_cost',
          `It may cost ${most}, and max_cost_usd is ${maxCostUsd}: allow more, or ask for less.`,
        )
  // A budget has its own rules, which hold at each call.
  if (budget !== null) return null
  const [unknown] = unpriced.filter(({ isFree }) => !isFree)
  if (unknown !== undefined)
    return refuse(
      'cost_unknown',
      `Nobody knows what ${unknown.model} of ${unknown.provider} costs: say what the run may cost with max_cost_usd, or set its price.`,
    )
  return costUsd <= unaskedUsd
    ? null
    : refuse('too_costly', `It may cost ${most}: say what it may cost with max_cost_usd, or ask for less.`)
}

const refuse = (
  kind: Exclude<JobRefusal['kind'], 'queue_full' | 'rate_limited'>,
  message: string,
): JobRefusal => ({ kind, message })

const refusalOf = ({
  refused: kind,
  rate,
}: {
  refused: 'rate_limited' | 'queue_full'
  rate: StartRate
}): JobRefusal => ({
  kind,
  rate,
  message:
    kind === 'queue_full'
      ? `${maxQueued} runs wait already: try again later, or cancel one.`
      : `No more than ${rate.limit} runs may be started within an hour: try again in ${rate.resetS} s.`,
})
