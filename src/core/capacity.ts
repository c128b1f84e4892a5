import { spreadMsOf, unknownMs } from './pace.ts'

/** Targets of a provider that are called alike, and what their calls take. */
export interface Demand {
  provider: string
  targets: number
  /** How many regions call each of them, and how often each of those does in a day. */
  regions: number
  callsADay: number
  /** How long a call takes, in ms; null if nobody knows. */
  typicalMs: number | null
  /** What a call is expected to cost, and the most that it may, in USD; null without a price. */
  usd: number | null
  mostUsd: number | null
}

/** What a schedule is made with. */
export interface CapacityInput {
  demands: readonly Demand[]
  /** All regions that call. */
  regions: number
  slotsADay: number
  /** How far apart slots are, in ms. */
  intervalMs: number
  /** How many calls of a provider one region may have in flight. */
  lanesOf: (provider: string) => number
  /** How many days results and their texts are kept; null is forever. */
  resultDays: number | null
  textDays: number | null
}

/** What a schedule takes a day, and whether a slot is made before the next. */
export interface Capacity {
  regions: number
  targets: number
  probes_a_slot: number
  probes_a_day: number
  /** Calls in flight at once, in all regions, while a slot is made. */
  in_flight: number
  workers: number
  /** Whether every provider has the lanes that it needs. */
  fits: boolean
  providers: ProviderLanes[]
  database: {
    /** While nothing is old enough to be pruned. */
    mb_a_month: number
    /** Once as much is pruned as comes in, and what is never pruned grows by a year. */
    mb_kept: number
    mb_a_year_for_good: number
    wal_mb_a_day: number
  }
  bill: {
    usd_a_day: number
    most_usd_a_day: number
    usd_in_30_days: number
    most_usd_in_30_days: number
    /** Probes a day without a price. */
    n_unpriced: number
  }
}

/** What a provider is asked for from one region in a slot, and how many lanes that takes. */
export interface ProviderLanes {
  provider: string
  probes: number
  lanes: number
  lanes_needed: number
  /** How long its lanes take. */
  minutes: number
}

/** Streams that one process times well: docs/decisions/0005-when-measuring-runs-in-threads.md. */
const streamsOfWorker = 16
/** What Postgres writes ahead for a probe that is planned, claimed and recorded, in kB. */
const walKb = 14.6

/** What a million results take, in MB: docs/deploy.md has where from. */
export const roomOfMillion = [
  { part: 'results without their texts', mb: 1130, kept: 'resultDays' },
  { part: 'their texts, of 300 characters', mb: 300, kept: 'textDays' },
  { part: 'their indexes', mb: 180, kept: 'resultDays' },
  { part: 'timelines, of 210 tokens', mb: 1200, kept: 'resultDays' },
  { part: 'probes', mb: 680, kept: 'resultDays' },
  { part: 'hourly rollups', mb: 120, kept: null },
  { part: 'daily rollups and samples', mb: 35, kept: null },
] as const

const sumOf = <Item>(items: readonly Item[], of: (item: Item) => number): number =>
  items.reduce((total, item) => total + of(item), 0)

/** A day. */
const probesOf = ({ targets, regions, callsADay }: Demand): number => targets * regions * callsADay

/** What a schedule takes: calls in flight, lanes, workers, room and money. */
export function capacityOf(input: CapacityInput): Capacity {
  const { demands, regions, slotsADay, intervalMs } = input
  const spreadMs = spreadMsOf(intervalMs)
  const inFlight =
    sumOf(demands, (demand) => probesOf(demand) * (demand.typicalMs ?? unknownMs)) / slotsADay / spreadMs
  const probesADay = sumOf(demands, probesOf)
  const providers = [...Map.groupBy(demands, ({ provider }) => provider)]
    .map(([provider, of]) => lanesFor(provider, of, { ...input, spreadMs }))
    .toSorted((a, b) => b.lanes_needed / b.lanes - a.lanes_needed / a.lanes || b.minutes - a.minutes)
  return {
    regions,
    targets: sumOf(demands, ({ targets }) => targets),
    probes_a_slot: probesADay / slotsADay,
    probes_a_day: probesADay,
    in_flight: inFlight,
    workers: regions * Math.max(1, Math.ceil(inFlight / regions / streamsOfWorker)),
    fits: providers.every((each) => each.lanes_needed <= each.lanes),
    providers,
    database: roomFor(probesADay, input),
    bill: billOf(demands),
  }
}

/** Of a region, if targets that are bound to one are spread over all. */
function lanesFor(
  provider: string,
  demands: readonly Demand[],
  { regions, slotsADay, lanesOf, spreadMs }: CapacityInput & { spreadMs: number },
): ProviderLanes {
  const callsOf = (demand: Demand) => probesOf(demand) / regions / slotsADay
  const workMs = sumOf(demands, (demand) => callsOf(demand) * (demand.typicalMs ?? unknownMs))
  const lanes = lanesOf(provider)
  return {
    provider,
    probes: sumOf(demands, callsOf),
    lanes,
    lanes_needed: Math.max(1, Math.ceil(workMs / spreadMs)),
    minutes: workMs / lanes / 60_000,
  }
}

function roomFor(
  probesADay: number,
  input: Pick<CapacityInput, 'resultDays' | 'textDays'>,
): Capacity['database'] {
  const millions = probesADay / 1e6
  const parts = roomOfMillion.map(({ mb, kept }) => ({
    mbADay: mb * millions,
    days: kept === null ? null : input[kept],
  }))
  return {
    mb_a_month: 30 * sumOf(parts, ({ mbADay }) => mbADay),
    mb_kept: sumOf(parts, ({ mbADay, days }) => mbADay * (days ?? 0)),
    mb_a_year_for_good: 365 * sumOf(parts, ({ mbADay, days }) => (days === null ? mbADay : 0)),
    wal_mb_a_day: (probesADay * walKb) / 1000,
  }
}

function billOf(demands: readonly Demand[]): Capacity['bill'] {
  const usd = sumOf(demands, (demand) => probesOf(demand) * (demand.usd ?? 0))
  const most = sumOf(demands, (demand) => probesOf(demand) * (demand.mostUsd ?? 0))
  return {
    usd_a_day: usd,
    most_usd_a_day: most,
    usd_in_30_days: 30 * usd,
    most_usd_in_30_days: 30 * most,
    n_unpriced: sumOf(demands, (demand) => (demand.mostUsd === null ? probesOf(demand) : 0)),
  }
}
