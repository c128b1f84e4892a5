import type { ConfiguredProvider } from '../core/provider.ts'
import { spanText } from '../core/span.ts'
import { counted } from '../core/text.ts'
import type { App } from '../jobs/app.ts'
import { currentSlot, planBenchmark } from '../jobs/plan-benchmark.ts'
import type { Refusal } from '../jobs/refusal.ts'
import type { RunRecord, RunStore } from '../store/store.ts'
import { type Crowded, spread } from './spread.ts'

/** What a slot is planned with. */
export interface SlotParts {
  region: string
  /** The providers that the workers of the region may call. */
  configured: readonly ConfiguredProvider[]
  store: Pick<RunStore, 'readCatalog' | 'readBudget' | 'thinTargets' | 'startRun'>
  app: Pick<App, 'config' | 'clock' | 'sleep' | 'uuid' | 'findPrice' | 'log'>
  random: () => number
  stop: AbortSignal
  /** How long its windows are spread over, in ms; by default four fifths of its interval. */
  spreadMs?: number
}

/** A slot whose calls several workers may make, and what a person should know of it. */
export interface PlannedSlot {
  run: RunRecord
  /** False if another has planned it. */
  created: boolean
  /** Of this plan. */
  shards: number
  notes: string[]
}

/** Plans a slot of a region, if nobody has. Rejects with StoreError. */
export async function planSlot(slot: Date, parts: SlotParts): Promise<PlannedSlot | { refusal: Refusal }> {
  const { region, configured, store, app, random, stop, spreadMs } = parts
  const { clock, sleep, uuid, findPrice, config } = app
  const planned = await planBenchmark(
    { ...currentSlot, firedFor: slot, sharded: true },
    {
      store,
      isReachable: true,
      mayGoWithout: false,
      clock,
      sleep,
      // Whoever asked tries again.
      startBy: clock.now(),
      stop,
      random,
      uuid,
      configured,
      defaults: { ...config.defaults, region },
      egressAllow: config.egressAllow,
      findPrice,
    },
  )
  if ('refusal' in planned) return planned
  const { plan, pace, lanes, notes } = planned
  const { schedule, lateAt } = plan
  if (lateAt === null) return { refusal: { kind: 'bad_configuration', message: endless(slot, schedule) } }
  const { probes, shards, crowded } = spread({
    probes: plan.probes,
    region,
    slot,
    lateAt,
    pace,
    lanesOf: (id) => lanes.find(({ provider }) => provider === id)?.lanes ?? usualLanes,
    seed: `${schedule} ${slot.toISOString()}`,
    ...(spreadMs !== undefined && { spreadMs }),
  })
  const { created, run } = await store.startRun({ ...plan, probes, shards }, region)
  if (created) app.log.info({ run: run.id, slot, region, shards: shards.length }, 'slot planned')
  return { run, created, shards: shards.length, notes: [...notes, ...crowded.map(crowdedText)] }
}

/** How many calls of a provider that the database does not know yet may be in flight from a region. */
const usualLanes = 4

const endless = (slot: Date, schedule: string | null): string =>
  `${schedule} fires at ${slot.toISOString()} for the last time: calls that workers share need a next slot, by which they are late`

const crowdedText = ({ provider, probes, lanes, neededMs, intervalMs }: Crowded): string =>
  `${provider} is called ${probes} times a slot, which takes its ${counted(lanes, 'lane')} ${spanText(neededMs)}, and the next slot ` +
  `comes after ${spanText(intervalMs)}: what has not begun by then is skipped. Give it more lanes, or its targets an interval.`
