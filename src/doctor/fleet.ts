import type { Check } from '../core/check.ts'
import {
  type Fleet,
  type FleetRegion,
  type FleetWorker,
  isFleet,
  longestDueS,
  mostLagMs,
} from '../core/fleet.ts'
import { spanText } from '../core/span.ts'
import { fail, ok, warn } from './check.ts'

const name = 'fleet'

/** Whether every region has the workers that it needs, and these are in order; nothing if there is no fleet. */
export function fleetChecks(fleet: Fleet): Check[] {
  if (!isFleet(fleet)) return []
  const { regions } = fleet
  const workers = regions.flatMap((region) => region.workers).filter(isAtWork)
  const problems = [...regions.flatMap(dueCheck), ...versionsCheck(workers), ...workers.flatMap(lagCheck)]
  if (problems.length > 0) return problems
  const due = regions.reduce((sum, { queue }) => sum + queue.due.shards, 0)
  return [
    ok(
      name,
      `${numberOf(workers.length, 'worker')} in ${numberOf(regions.length, 'region')}, ${numberOf(due, 'shard')} due`,
    ),
  ]
}

const isAtWork = ({ state }: FleetWorker): boolean => state !== 'silent'

const numberOf = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`

/** Shards of a region wait for longer than they should. */
function dueCheck({ region, workers, queue: { due } }: FleetRegion): Check[] {
  if (due.oldest_s === null || due.oldest_s <= longestDueS) return []
  const waits = `${region}: ${numberOf(due.shards, 'shard')} due, the oldest since ${spanText(1000 * due.oldest_s)}`
  return workers.some(isAtWork)
    ? [
        warn(
          name,
          waits,
          'pnpm tsx scripts/fleet.ts shows what holds them up: lanes, a pause of the provider, or too few workers',
        ),
      ]
    : [
        fail(
          name,
          `${waits}, and no worker is alive`,
          `start one: pnpm tsx scripts/worker.ts --region ${region}`,
        ),
      ]
}

/** While an upgrade is under way workers differ; the doctor cannot tell whether one is. */
function versionsCheck(workers: readonly FleetWorker[]): Check[] {
  const byVersion = [...Map.groupBy(workers, ({ version }) => version)]
  if (byVersion.length <= 1) return []
  const counted = byVersion.map(([version, all]) => `${all.length} of ${version}`).join(', ')
  return [warn(name, `workers are of different versions: ${counted}`, 'upgrade the older ones')]
}

function lagCheck({ owner, host, lag_ms: lag }: FleetWorker): Check[] {
  if (lag <= mostLagMs) return []
  const message = `the event loop of ${owner} is ${Math.round(lag)} ms late, so its timings are doubtful`
  return [warn(name, message, `give ${host} less to do: fewer workers there, or a lower --concurrency`)]
}
