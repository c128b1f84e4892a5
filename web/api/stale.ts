import type { LiveEvent } from '../../src/http/contract.ts'
import type { PathOf } from './client.ts'

type Path = PathOf<'GET'>

/** What the last event of a run changes, besides what each of its calls does. */
const ended = [
  '/api/v1/benchmarks',
  '/api/v1/benchmarks/{id}',
  '/api/v1/results',
  '/api/v1/sweeps',
  '/api/v1/sweeps/{id}',
  '/api/v1/sweeps/compare',
  '/api/v1/runs',
  '/api/v1/runs/{id}',
  '/api/v1/now',
  '/api/v1/health',
  '/api/v1/series',
  '/api/v1/distribution',
  '/api/v1/phases',
  '/api/v1/points',
  '/api/v1/outages',
  '/api/v1/objectives',
  '/api/v1/errors',
  '/api/v1/gaps',
  '/api/v1/budget',
  '/api/v1/costs',
  '/api/v1/costs/projection',
  '/api/v1/providers',
  '/api/v1/incidents',
  '/api/v1/incidents/{id}',
  '/api/v1/channels',
  '/api/v1/deliveries',
] as const satisfies readonly Path[]

/** By event, whose reads it makes stale. Every event has an entry, and there are no others: it does not compile then. */
export const stales = {
  run_queued: ['/api/v1/benchmarks', '/api/v1/sweeps'],
  run_started: [
    '/api/v1/benchmarks',
    '/api/v1/benchmarks/{id}',
    '/api/v1/runs',
    '/api/v1/runs/{id}',
    '/api/v1/sweeps',
    '/api/v1/sweeps/{id}',
  ],
  run_joined: [],
  run_handed_over: [],
  run_extended: ['/api/v1/runs/{id}', '/api/v1/sweeps'],
  run_cancelling: ['/api/v1/benchmarks', '/api/v1/benchmarks/{id}'],
  run_finished: ended,
  run_missed: ended,
  probe_started: [],
  probe_recorded: [
    '/api/v1/now',
    '/api/v1/incidents',
    '/api/v1/incidents/{id}',
    '/api/v1/runs/{id}',
    '/api/v1/budget',
    '/api/v1/costs',
  ],
  probes_skipped: [],
} as const satisfies Readonly<Record<LiveEvent['event'], readonly Path[]>>

/** What a change of incidents changes, that of who was told too. */
export const stalesByIncidents = [
  '/api/v1/incidents',
  '/api/v1/incidents/{id}',
  '/api/v1/channels',
  '/api/v1/deliveries',
] as const satisfies readonly Path[]

/** What a sync of models and prices changes. */
export const stalesBySync = [
  '/api/v1/models',
  '/api/v1/targets',
  '/api/v1/prices',
  '/api/v1/prices/changes',
  '/api/v1/prices/history',
  '/api/v1/providers',
  '/api/v1/syncs',
  '/api/v1/now',
] as const satisfies readonly Path[]

/** What a stream that is cut, or goes on, says of the server. */
export const stalesByTurn = ['/api/v1/health'] as const satisfies readonly Path[]

/** What a stream that begins anew may have missed: anything. */
export const stalesAtBeginning: readonly Path[] = [...new Set([...ended, ...stalesBySync])]

/** Events of a moment are answered by one read, in ms, */
const gatherMs = 50
/** after which the next one waits this long, */
const usualMs = 1000
/** and longer for what takes a database longer, and changes little by a call. */
const rareMs = 5000
const rare: ReadonlySet<Path> = new Set(['/api/v1/budget', '/api/v1/costs'])
/** What is judged when a result is recorded, and told then, comes of it a moment later. */
const judged: ReadonlySet<Path> = new Set(stalesByIncidents)
const judgedMs = 2000

/**
 * Makes reads stale by their paths: soon after a quiet time, and then each at most once in its time; what is judged later, unless it
 * is said to have been. `read` is told which.
 */
export function refresher(
  read: (path: Path) => void,
): (paths: readonly Path[], options?: { isJudged?: boolean }) => void {
  const waiting = new Map<Path, { at: number; timer: ReturnType<typeof setTimeout> }>()
  const lastAt = new Map<Path, number>()
  return (paths, { isJudged = false } = {}) => {
    for (const path of paths) {
      const now = performance.now()
      const soonest = now + (judged.has(path) && !isJudged ? judgedMs : gatherMs)
      const at = Math.max(soonest, (lastAt.get(path) ?? -Infinity) + (rare.has(path) ? rareMs : usualMs))
      const before = waiting.get(path)
      if (before !== undefined && before.at <= at) continue
      clearTimeout(before?.timer)
      const timer = setTimeout(() => {
        waiting.delete(path)
        lastAt.set(path, performance.now())
        read(path)
      }, at - now)
      waiting.set(path, { at, timer })
    }
  }
}
