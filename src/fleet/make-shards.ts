import { type AskedShard, executeShard, type ShardOutcome, type ShardParts } from '../run/execute-shard.ts'
import type { RunEvent } from '../run/events.ts'
import { retryUntil } from '../run/retry-until.ts'
import { follow, type Watcher } from '../run/watch.ts'
import type { RunRecord } from '../store/store.ts'

/** What making shards without a queue takes: nobody says when one is due, so whoever has made one looks for the next. */
export interface MakingParts extends ShardParts {
  /** The `clock.now()` by which all calls must be over. */
  until: number
  /** The longest that a call may take, in ms. */
  longestMs: number
  watchers: readonly Watcher<RunEvent>[]
}

/** What was made of a run. */
export interface MadeShards {
  probes: number
  /** There was no time for what is left. */
  isLeft: boolean
  /** The run, if it was closed here. */
  closed: RunRecord | null
}

/**
 * Makes shards of a run, so many at once, until none is left that could be made now. What waits for a lane is left to
 * whoever has the lane; what waits for its provider is waited for while there is time. Rejects with StoreError.
 */
export async function makeShards(
  run: Pick<AskedShard, 'runId' | 'lateAt'>,
  atOnce: number,
  parts: MakingParts,
): Promise<MadeShards> {
  const settled = await Promise.allSettled(Array.from({ length: atOnce }, () => makeInTurn(run, parts)))
  const made = settled.map((lane) => {
    if (lane.status === 'rejected') throw lane.reason
    return lane.value
  })
  return {
    probes: made.reduce((sum, { probes }) => sum + probes, 0),
    isLeft: made.some(({ isLeft }) => isLeft),
    closed: made.find(({ closed }) => closed !== null)?.closed ?? null,
  }
}

/** Makes one shard after another. */
async function makeInTurn(
  run: Pick<AskedShard, 'runId' | 'lateAt'>,
  parts: MakingParts,
): Promise<MadeShards> {
  const { region, clock, until, longestMs, stop, sleep } = parts
  let probes = 0
  const end = (isLeft: boolean, closed: RunRecord | null = null) => ({ probes, isLeft, closed })
  while (!stop.aborted && clock.now() + longestMs <= until) {
    const next = () => makeShard({ ...run, region, shard: {} }, parts)
    const outcome = await retryUntil(next, { clock, sleep, until: until - longestMs })
    if ('over' in outcome) return end(false, outcome.run)
    if ('made' in outcome) {
      probes += outcome.made
      const { run: row } = outcome.ended
      if (row !== null && row.status !== 'running') return end(false, row)
      // The run's calls may last longer than those of this function are said to, so that none of them fits.
      if (outcome.made === 0 && outcome.ended.until === null) break
      continue
    }
    // Whoever has the lane, or the shard, goes on with the next.
    if (outcome.reason === 'no lane' || outcome.reason === 'taken') return end(false)
    const ms = Math.max(shortestMs, outcome.waitUntil.getTime() - clock.date().getTime())
    if (clock.now() + ms + longestMs > until) break
    await sleep(ms)
  }
  return end(true)
}

/** The shortest wait for a moment of the database's clock, in ms, which may be behind ours. */
const shortestMs = 1000

/** Makes a shard, and follows its events. Rejects with StoreError if it cannot be claimed. */
export async function makeShard(
  asked: AskedShard,
  { watchers, ...parts }: ShardParts & Pick<MakingParts, 'watchers'>,
): Promise<ShardOutcome> {
  const shown = { outcome: null as ShardOutcome | null }
  const events = (async function* () {
    shown.outcome = yield* executeShard(asked, parts)
  })()
  await follow(events, watchers)
  if (shown.outcome === null) throw new Error(`a shard of run ${asked.runId} has no outcome`)
  return shown.outcome
}
