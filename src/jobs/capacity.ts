import { type Capacity, capacityOf, type Demand } from '../core/capacity.ts'
import { usualLanes } from '../core/fleet.ts'
import { configuredProviders } from '../registry/configure.ts'
import { providers } from '../registry/providers.ts'
import { calendarOf } from '../run/purses.ts'
import { slotOf } from '../run/slot.ts'
import type { Catalog, KnownTarget } from '../store/catalog-codec.ts'
import type { Store } from '../store/store.ts'
import type { App } from './app.ts'
import { type CallCost, callCostsOf, regionsOf } from './call-costs.ts'

/** What a schedule may become: so many targets and regions, and minutes between slots; null as they are. */
export interface Widening {
  targets: number | null
  regions: number | null
  everyMinutes: number | null
}

/** What capacity is judged with. */
export interface CapacityParts {
  app: Pick<App, 'config' | 'env' | 'clock' | 'findPrice'>
  store: Pick<Store, 'readCatalog'>
}

const minuteMs = 60_000

/**
 * What the schedule takes, or would if it were wider: targets that are not there yet are like those that are. Rejects
 * with StoreError.
 */
export async function readCapacity(widening: Widening, parts: CapacityParts): Promise<Capacity> {
  const { app, store } = parts
  const { defaults, retention } = app.config
  const configured = configuredProviders(app.env).providers
  const ids = new Set([...providers.map(({ id }) => id), ...configured.map(({ entry }) => entry.id)])
  const catalog = await store.readCatalog({ providers: [...ids], region: defaults.region, costs: true })
  const costOf = await callCostsOf(catalog, { ...app, configured, defaults })
  const pace = paceOf(widening, app)
  const regions = widening.regions ?? regionsOf(catalog, defaults.region)
  return capacityOf({
    demands: demandsOf(catalog, { ...pace, targets: widening.targets, regions, costOf }),
    regions,
    slotsADay: pace.slotsADay,
    intervalMs: pace.gapMinutes * minuteMs,
    lanesOf: (provider) => catalog.lanes.find((each) => each.provider === provider)?.lanes ?? usualLanes,
    resultDays: retention.results,
    textDays: retention.texts,
  })
}

interface Pace {
  slotsADay: number
  gapMinutes: number
}

/** Of slots that are so far apart, or of the schedule. */
function paceOf({ everyMinutes }: Widening, { config, clock }: CapacityParts['app']): Pace {
  if (everyMinutes !== null) return { slotsADay: 1440 / everyMinutes, gapMinutes: everyMinutes }
  const { cron } = config.defaults.schedule
  const budget = { usdPerDay: null, usdPerMonth: null, maxPricePerM: null }
  return calendarOf(slotOf(cron, clock.date()) ?? clock.date(), cron, { budget, days: [] }).pace
}

interface Wanted extends Pace {
  targets: number | null
  regions: number
  costOf: (target: KnownTarget) => CallCost | null
}

/** What each target asks for; without any, so many that nobody knows anything of. */
function demandsOf({ targets, pace }: Catalog, wanted: Wanted): Demand[] {
  const { slotsADay, gapMinutes, regions } = wanted
  const timeOf = (provider: string) => pace.find((each) => each.provider === provider)?.typicalMs ?? null
  const unknown = {
    provider: 'unknown',
    regions,
    callsADay: slotsADay,
    typicalMs: null,
    usd: null,
    mostUsd: null,
  }
  if (targets.length === 0) return wanted.targets === null ? [] : [{ ...unknown, targets: wanted.targets }]
  const share = (wanted.targets ?? targets.length) / targets.length
  return targets.map((target) => {
    const every = Math.max(gapMinutes, target.thinnedMinutes ?? target.everyMinutes ?? 0)
    return {
      provider: target.provider,
      targets: share,
      regions: target.region === null ? regions : 1,
      callsADay: (slotsADay * gapMinutes) / every,
      typicalMs: timeOf(target.provider),
      ...(wanted.costOf(target) ?? { usd: null, mostUsd: null }),
    }
  })
}
