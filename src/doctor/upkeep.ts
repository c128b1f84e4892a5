import type { Check } from '../core/check.ts'
import { spanText } from '../core/span.ts'
import type { RetentionDays } from '../jobs/retention.ts'
import { mostIntervals } from '../run/health.ts'
import { intervalOf } from '../run/slot.ts'
import type { Health } from '../store/store.ts'
import { ok, warn } from './check.ts'
import type { Upkeep } from './store.ts'

// Work that a scheduler does beside the benchmarks: whether it is done. Judged by the clock of the database alone.

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** How often each leaderboard is made; supabase/schemas/50_leaderboards.sql (turn_of) says the same. */
const boards = {
  '24h': { name: '24 hours', turnMs: hourMs },
  '7d': { name: '7 days', turnMs: hourMs },
  '30d': { name: '30 days', turnMs: dayMs },
} as const

/** Whether the leaderboards are of now. */
export function leaderboardsCheck({ leaderboards, now }: Upkeep): Check {
  const name = 'leaderboards'
  const aged = leaderboards.flatMap(({ period, refreshed_at: made, rankable_since: since }) => {
    const from = made ?? since
    if (from === null) return []
    const ms = Math.max(0, Date.parse(now) - Date.parse(from))
    const { name: of, turnMs } = boards[period]
    const isStale = ms > mostIntervals * turnMs
    if (made !== null) return [{ isStale, text: `that of ${of} is ${spanText(ms)} old` }]
    return [{ isStale, text: `that of ${of} ${isStale ? 'was never made' : 'is not made yet'}` }]
  })
  if (aged.length === 0) return ok(name, 'there is nothing to rank yet')
  const stale = aged.filter(({ isStale }) => isStale)
  const message = (stale.length > 0 ? stale : aged).map(({ text }) => text).join(', ')
  return stale.length > 0 ? warn(name, message, howToRefresh) : ok(name, message)
}

const howToRefresh = `run pnpm tsx scripts/refresh-leaderboards.ts; a scheduler or a cron of /api/cron/leaderboards does it once an hour`

/** Whether what is too old is deleted. */
export function pruningCheck({ kept, now }: Upkeep, retention: RetentionDays & { cron: string }): Check {
  const name = 'pruning'
  const time = new Date(now)
  // Results are deleted by whole days, and a pruning may take longer than its turn.
  const slackMs = mostIntervals * (intervalOf(retention.cron, time) ?? dayMs) + dayMs
  const fixed = { texts: retention.texts, results: retention.results }
  const others = Object.fromEntries(
    kept.flatMap(({ what, kept_days: days }) => (days === null ? [] : [[what, days]])),
  )
  const judged = Object.entries<number | null>({ ...fixed, ...others }).map(([what, days]) => {
    if (days === null) return { isLate: false, text: `${what} are kept forever` }
    const oldest = kept.find((each) => each.what === what)?.oldest_at ?? null
    const ms = oldest === null ? 0 : time.getTime() - Date.parse(oldest)
    const limit = `${what} are kept ${days} days`
    if (ms <= days * dayMs + slackMs) return { isLate: false, text: limit }
    return { isLate: true, text: `${limit}, but the oldest are of ${spanText(ms)} ago` }
  })
  const late = judged.filter(({ isLate }) => isLate)
  if (late.length === 0) return ok(name, judged.map(({ text }) => text).join(', '))
  return warn(name, late.map(({ text }) => text).join(', '), howToPrune)
}

const howToPrune = `run pnpm tsx scripts/prune.ts; a scheduler or a cron of /api/cron/prune does it by itself`

/** Whether providers were asked for their models and prices lately; nothing if none can be asked. */
export function syncChecks(
  { lastSyncedAt: at = null, now }: Health,
  cron: string,
  providers: number,
): Check[] {
  if (providers === 0) return []
  const name = 'model sync'
  // A new installation has the price lists that it came with, and its first sync before it.
  if (at === null) return [ok(name, 'no provider was asked for its models and prices yet')]
  const ms = Math.max(0, now.getTime() - at.getTime())
  const message = `models and prices are of ${spanText(ms)} ago`
  const intervalMs = intervalOf(cron, now)
  if (intervalMs === null || ms <= mostIntervals * intervalMs) return [ok(name, message)]
  return [warn(name, message, howToSync)]
}

const howToSync = `run pnpm tsx scripts/sync-models.ts; a scheduler or a cron of /api/cron/sync-models does it once a week`
