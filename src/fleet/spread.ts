import { bareName } from '../core/catalog.ts'
import { spreadMsOf, unknownMs } from '../core/pace.ts'
import type { PlannedShard, Probe } from '../core/plan.ts'
import { seededRandom, shuffle } from '../core/random.ts'
import type { TypicalLatency } from '../run/fit.ts'
import { sha256 } from '../run/plan.ts'

/** What is spread over a slot. */
export interface Spreading {
  /** Of one region; those that the plan itself skips are left as they are. */
  probes: readonly Probe[]
  region: string
  slot: Date
  /** Until when probes may begin. */
  lateAt: Date
  /** How long calls of each provider take. */
  pace: readonly TypicalLatency[]
  /** How many calls of a provider may be in flight from the region. */
  lanesOf: (provider: string) => number
  /** The same seed gives the same spread. */
  seed: string
  /** How long windows are spread over, in ms: with 0 all begin with the slot. By default four fifths of its interval. */
  spreadMs?: number
}

/** Probes in the order of their shards, which are in the order in which they begin. */
export interface Spread {
  probes: Probe[]
  shards: PlannedShard[]
  /** Providers whose probes do not fit into their lanes before they are late. */
  crowded: Crowded[]
}

/** A provider that is called more often than its lanes can. */
export interface Crowded {
  provider: string
  probes: number
  lanes: number
  /** How long its lanes need, and have, in ms. */
  neededMs: number
  intervalMs: number
}

/** The most probes of a shard: what a worker that dies leaves to another. */
const mostProbes = 50

/** About how long a window is, in ms. */
const windowMs = 60_000

/** Windows of equal length, one after the other. */
interface Windows {
  count: number
  lengthMs: number
}

/** The windows of a slot. */
export function windowsOf({
  slot,
  lateAt,
  spreadMs: wanted,
}: Pick<Spreading, 'slot' | 'lateAt' | 'spreadMs'>): Windows {
  const spreadMs = wanted ?? spreadMsOf(lateAt.getTime() - slot.getTime())
  const count = Math.max(1, Math.round(spreadMs / windowMs))
  return { count, lengthMs: spreadMs / count }
}

/**
 * Spreads the probes of a slot over windows, and cuts those of a window into shards. All providers of a model are
 * called in one window, so that they can be compared pairwise. Within it a shard begins at a random moment: if all began
 * with the window, a provider with few calls would always be called before one with many.
 */
export function spread(input: Spreading): Spread {
  const { probes, region, slot, lateAt } = input
  const random = seededRandom(Number.parseInt(sha256(input.seed).slice(0, 8), 16))
  const called = probes.filter(({ skipReason }) => skipReason === undefined)
  const windows = windowsOf(input)
  const placed = place(called, { ...input, windows, random })
  const pieces = placed
    .flatMap((ofWindow, window) =>
      // In random order also if a window has no length.
      shuffle(cut(shuffle(ofWindow, random), { ...input, windows }), random).map((piece) => ({
        ...piece,
        beginsMs: Math.ceil(window * windows.lengthMs + random() * spareMsOf(piece, { ...input, windows })),
      })),
    )
    .toSorted((a, b) => a.beginsMs - b.beginsMs)
  const intervalMs = lateAt.getTime() - slot.getTime()
  return {
    probes: [
      ...pieces.flatMap((piece, shard) => piece.probes.map((probe) => ({ ...probe, shard }))),
      ...probes.filter(({ skipReason }) => skipReason !== undefined),
    ],
    shards: pieces.map(({ provider, beginsMs }, shard) => ({
      shard,
      region,
      provider,
      windowAt: new Date(slot.getTime() + beginsMs),
    })),
    crowded: crowdedOf(called, { ...input, intervalMs }),
  }
}

interface Placing extends Pick<Spreading, 'pace' | 'lanesOf'> {
  windows: Windows
  random: () => number
}

/**
 * The probes of each window. One model after another, in random order, gets the window in which the busiest of its
 * providers is the least busy; of windows alike a random one.
 */
function place(probes: readonly Probe[], { windows, random, ...limits }: Placing): Probe[][] {
  const models = [...Map.groupBy(probes, ({ target }) => bareName(target.model))]
  // By name first: the windows do not depend on the order of the plan.
  const inOrder = shuffle(
    models.toSorted(([a], [b]) => (a < b ? -1 : 1)),
    random,
  )
  const placed = Array.from({ length: windows.count }, () => ({
    probes: [] as Probe[],
    load: new Map<string, number>(),
  }))
  for (const [, ofModel] of inOrder) {
    const shares = [...byProvider(ofModel)].map(
      ([provider, { length }]) => [provider, length / capacityOf(provider, { windows, ...limits })] as const,
    )
    const offset = Math.floor(random() * windows.count)
    const { window } = [...placed.slice(offset), ...placed.slice(0, offset)]
      .map((each) => ({
        window: each,
        busy: Math.max(...shares.map(([provider, share]) => (each.load.get(provider) ?? 0) + share)),
      }))
      .reduce((best, each) => (each.busy < best.busy ? each : best))
    window.probes.push(...ofModel)
    for (const [provider, share] of shares)
      window.load.set(provider, (window.load.get(provider) ?? 0) + share)
  }
  return placed.map((window) => window.probes)
}

const byProvider = (probes: readonly Probe[]): Map<string, Probe[]> =>
  Map.groupBy(probes, ({ target }) => target.provider)

interface Limits extends Pick<Spreading, 'pace' | 'lanesOf'> {
  windows: Windows
}

const paceOf = (provider: string, { pace }: Pick<Limits, 'pace'>): number =>
  Math.max(1, pace.find((known) => known.provider === provider)?.typicalMs ?? unknownMs)

/** How many calls of a provider all its lanes make in a window. */
const capacityOf = (provider: string, limits: Limits): number =>
  (limits.lanesOf(provider) * limits.windows.lengthMs) / paceOf(provider, limits)

/** What becomes a shard. */
interface Piece {
  provider: string
  probes: Probe[]
}

/** What a window has left if all calls of a piece are made in it, in ms. */
const spareMsOf = ({ provider, probes }: Piece, limits: Limits): number =>
  Math.max(0, limits.windows.lengthMs - probes.length * paceOf(provider, limits))

/**
 * The probes of a window, in pieces of one provider each that are as large as what one lane makes in the window. If these
 * would be more than it has lanes, a lane makes more: a shard that waits for a lane is asked for again and again.
 */
function cut(probes: readonly Probe[], limits: Limits): Piece[] {
  return [...byProvider(probes)].flatMap(([provider, own]) => {
    const fitting = Math.max(1, Math.floor(limits.windows.lengthMs / paceOf(provider, limits)))
    const wanted = Math.min(Math.ceil(own.length / fitting), limits.lanesOf(provider))
    const count = Math.max(wanted, Math.ceil(own.length / mostProbes))
    return evenly(own, count).map((piece) => ({ provider, probes: piece }))
  })
}

/** A list in so many pieces whose lengths differ by one at most. */
const evenly = <Item>(items: readonly Item[], count: number): Item[][] =>
  Array.from({ length: count }, (_, index) =>
    items.slice(Math.floor((index * items.length) / count), Math.floor(((index + 1) * items.length) / count)),
  )

function crowdedOf(
  probes: readonly Probe[],
  { intervalMs, pace, lanesOf }: Pick<Spreading, 'pace' | 'lanesOf'> & { intervalMs: number },
): Crowded[] {
  return [...byProvider(probes)]
    .map(([provider, { length }]) => {
      const lanes = lanesOf(provider)
      // The last lane to end has the probes that are left over.
      const neededMs = Math.ceil(length / lanes) * paceOf(provider, { pace })
      return { provider, probes: length, lanes, neededMs, intervalMs }
    })
    .filter(({ neededMs }) => neededMs > intervalMs)
}
