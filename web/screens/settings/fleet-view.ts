import type { Answer } from '../../api/client.ts'
import { count } from '../../format/numbers.ts'

export type Fleet = Answer<'GET /api/v1/fleet'>
export type Region = Fleet['regions'][number]
export type Worker = Region['workers'][number]
export type Lanes = Fleet['lanes'][number]

/** Why probes were skipped, how many, and in which regions. */
export interface Skip {
  reason: string
  n: number
  where: string
}

/** More lag than this of an event loop, in ms, makes timings doubtful. */
export const mostLagMs = 50
/** Two windows of about a minute, and a pass of the planner, in s: what is due for longer is held up. */
export const longestDueS = 180
/** As many samples does a p99 need. */
const leastOfP99 = 299
const mostLanes = 64

const sum = <Row>(rows: readonly Row[], of: (row: Row) => number): number =>
  rows.reduce((total, row) => total + of(row), 0)

const isAtWork = ({ state }: Pick<Worker, 'state'>): boolean => state !== 'silent'

/** The whole fleet in a few numbers. */
export function totalsOf({ regions }: Pick<Fleet, 'regions'>) {
  const workers = regions.flatMap((region) => region.workers)
  const atWork = workers.filter(isAtWork)
  const ages = regions.flatMap(({ queue }) => queue.due.oldest_s ?? [])
  return {
    atWork: atWork.length,
    silent: workers.length - atWork.length,
    inHand: sum(atWork, ({ in_hand: n }) => n),
    concurrency: sum(atWork, ({ concurrency }) => concurrency),
    due: sum(regions, ({ queue }) => queue.due.shards),
    oldestS: ages.length === 0 ? null : Math.max(...ages),
    later: sum(regions, ({ queue }) => queue.later.shards),
    lost: sum(regions, ({ lately }) => lately.lost),
  }
}

/** What is wrong with a region, in words; null if nothing is. */
export function regionProblem({ workers, queue: { due } }: Region): string | null {
  const isHeldUp = due.oldest_s !== null && due.oldest_s > longestDueS
  if (!isHeldUp) return null
  return workers.some(isAtWork) ? 'waits too long' : 'no worker is live here'
}

/** Whether a p99 rests on enough shards. */
export const isRough = (begun: number): boolean => begun < leastOfP99

/** What was skipped, the most frequent reason first. */
export function skipsOf({ regions }: Pick<Fleet, 'regions'>): Skip[] {
  const all = regions.flatMap(({ region, lately }) =>
    Object.entries(lately.skip_reasons).map(([reason, n]) => ({ region, reason, n })),
  )
  return [...Map.groupBy(all, ({ reason }) => reason)]
    .map(([reason, found]) => ({
      reason,
      n: sum(found, ({ n }) => n),
      where: found.map(({ region, n }) => `${region} ${count(n)}`).join(', '),
    }))
    .toSorted((a, b) => b.n - a.n)
}

/** What a reason for skipping means; null if it says all. */
export const meaningOfSkip = (reason: string): string | null => meanings[reason] ?? null

const meanings: Readonly<Record<string, string>> = {
  late: 'Their slot was over before their turn came',
  budget: 'They may have cost more than was left of the budget',
  unpriced: 'What they cost is not known, and there is a budget',
  'rate limited': 'The provider asked for a pause that is longer than the slot',
  cancelled: 'Somebody cancelled their run',
  abandoned: 'Their run was left by its workers',
}

/** The lanes of a provider and what waits for them, over all regions. */
export const loadOf = ({ lanes, regions }: Lanes) => ({
  inUse: sum(regions, ({ in_use: n }) => n),
  of: lanes * regions.length,
  due: sum(regions, ({ shards_due: n }) => n),
  oldestS: regions.reduce<number | null>(
    (oldest, { oldest_due_s: age }) => (age === null ? oldest : Math.max(age, oldest ?? 0)),
    null,
  ),
  /** Where all of them are in use while something waits. */
  usedUp: regions
    .filter(({ in_use: n, shards_due: due }) => n >= lanes && due > 0)
    .map(({ region }) => region),
})

/** What is wrong with a number of lanes as it was typed; null if nothing is. */
export const lanesProblem = (text: string): string | null =>
  /^\d{1,2}$/.test(text.trim()) && Number(text) >= 1 && Number(text) <= mostLanes
    ? null
    : `A whole number from 1 to ${mostLanes}`
