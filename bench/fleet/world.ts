import type { ConfiguredProvider } from '../../src/core/provider.ts'
import { seededRandom, shuffle } from '../../src/core/random.ts'
import { customEntry } from '../../src/registry/custom.ts'

/** A provider that is made up, and how it answers; in ms of the simulated time. */
export interface MadeUp {
  id: string
  name: string
  /** How many calls may be in flight from a region: the limit that is ours to keep. */
  lanes: number
  /** Above how many calls in flight, from everywhere, it answers 429; null if it takes any number. */
  most: number | null
  retryAfterMs: number
  ttftMs: number
  totalMs: number
  /** Share of its calls that fail. */
  failing: number
}

/** Providers and what they offer. */
export interface World {
  seed: number
  regions: readonly string[]
  providers: readonly MadeUp[]
  targets: readonly { provider: string; model: string }[]
}

const nProviders = 60
const usualLanes = 4

/**
 * So many targets at 60 providers by Zipf, the biggest with a fifth of them; models that several of them offer. The same
 * seed makes the same.
 */
export function makeWorld(seed: number, nTargets: number): World {
  const random = seededRandom(seed)
  const weights = Array.from({ length: nProviders }, (_, index) => 1 / (index + 1))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const counts = weights.map((weight) => Math.max(1, Math.round((nTargets * weight) / total)))
  // What rounding left over or took is the biggest's.
  const left = nTargets - counts.reduce((sum, count) => sum + count, 0)
  const models = Array.from(
    { length: Math.ceil(1.2 * (nTargets / total + left)) + 1 },
    (_, index) => `m${index}`,
  )
  const providers = counts.map((_, rank) => makeProvider(rank, { random, nTargets }))
  const targets = providers.flatMap(({ id }, rank) =>
    shuffle(models, random)
      .slice(0, (counts[rank] ?? 0) + (rank === 0 ? left : 0))
      .map((model) => ({ provider: id, model })),
  )
  return { seed, regions: ['fra', 'iad', 'hnd'], providers, targets }
}

function makeProvider(
  rank: number,
  { random, nTargets }: { random: () => number; nTargets: number },
): MadeUp {
  const ttftMs = 200 + 1000 * random()
  const limits = rank >= 3 && rank < 20 && random() < 0.4
  return {
    id: `p${rank}`,
    name: `P${rank}`,
    // Who has thousands of targets is given more, and some of the small ones take one call at a time.
    lanes: lanesOf(rank, { random, nTargets }),
    most: limits ? 3 + Math.floor(3 * random()) : null,
    retryAfterMs: 5000 + 10_000 * random(),
    ttftMs,
    totalMs: ttftMs + 800 + 1500 * random(),
    failing: random() < 0.2 ? 0.05 : 0.004,
  }
}

function lanesOf(rank: number, { random, nTargets }: { random: () => number; nTargets: number }): number {
  if (rank < 2 && nTargets > 5000) return 12 - 4 * rank
  return rank > 30 && random() < 0.3 ? 1 : usualLanes
}

/** A provider as our code knows it. */
export function configure({ id, name }: MadeUp): ConfiguredProvider {
  const baseUrl = `https://${id}.example/v1`
  const { candidatesOnly: _, ...entry } = customEntry({ name, baseUrl, model: 'm0' })
  return { entry: { ...entry, id }, baseUrl, key: null, synthetic: false, trusted: true }
}
