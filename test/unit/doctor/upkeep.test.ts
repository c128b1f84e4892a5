import { expect, test } from 'vitest'
import type { Upkeep } from '../../../src/doctor/store.ts'
import { leaderboardsCheck, pruningCheck, syncChecks } from '../../../src/doctor/upkeep.ts'

const now = '2026-11-26T10:07:00.000Z'
const hourMs = 3_600_000
const ago = (hours: number) => new Date(Date.parse(now) - hours * hourMs).toISOString()

const upkeep = (given: Partial<Upkeep> = {}): Upkeep => ({
  now,
  pruned_until: null,
  leaderboards: [],
  kept: [],
  bytes: 0,
  ...given,
})
const boards = (...given: [Upkeep['leaderboards'][number]['period'], number | null, number | null][]) =>
  upkeep({
    leaderboards: given.map(([period, made, since]) => ({
      period,
      refreshed_at: made === null ? null : ago(made),
      rankable_since: since === null ? null : ago(since),
    })),
  })

test('leaderboards of the day and the week are stale after 2.5 hours, that of the month after 2.5 days', () => {
  expect(leaderboardsCheck(boards(['24h', 2.5, 24], ['7d', 0.2, 90], ['30d', 60, 90]))).toEqual({
    name: 'leaderboards',
    state: 'ok',
    message: 'that of 24 hours is 2.5 h old, that of 7 days is 12 min old, that of 30 days is 2.5 days old',
    todo: null,
  })
  expect(leaderboardsCheck(boards(['24h', 2.51, 24], ['7d', 0.2, 90], ['30d', 72, 90]))).toMatchObject({
    state: 'warn',
    message: 'that of 24 hours is 2.5 h old, that of 30 days is 3 days old',
    todo: expect.stringContaining('scripts/refresh-leaderboards.ts') as string,
  })
})

test('a leaderboard that was never made is stale once there is something to rank for as long', () => {
  expect(leaderboardsCheck(boards(['24h', null, null]))).toMatchObject({
    state: 'ok',
    message: 'there is nothing to rank yet',
  })
  expect(leaderboardsCheck(boards(['24h', null, 1]))).toMatchObject({
    state: 'ok',
    message: 'that of 24 hours is not made yet',
  })
  expect(leaderboardsCheck(boards(['24h', null, 3], ['7d', 1, 3]))).toMatchObject({
    state: 'warn',
    message: 'that of 24 hours was never made',
  })
})

test('what stays longer than it is kept says that nobody prunes', () => {
  const retention = { texts: 14, results: 400, proxy: 30, proxyTexts: 7, archive: null, cron: '40 3 * * *' }
  const oldest = (texts: number | null, results: number) =>
    upkeep({
      kept: [
        { what: 'texts', oldest_at: texts === null ? null : ago(24 * texts), bytes: null, kept_days: null },
        { what: 'results', oldest_at: ago(24 * results), bytes: 1, kept_days: null },
      ],
    })
  expect(pruningCheck(upkeep(), retention).state).toBe('ok')
  // 2.5 days of its schedule, and the day that results are deleted by.
  expect(pruningCheck(oldest(17.5, 403.5), retention)).toMatchObject({
    state: 'ok',
    message: 'texts are kept 14 days, results are kept 400 days',
  })
  expect(pruningCheck(oldest(17.6, 10), retention)).toMatchObject({
    state: 'warn',
    message: 'texts are kept 14 days, but the oldest are of 17.6 days ago',
    todo: expect.stringContaining('scripts/prune.ts') as string,
  })
  expect(pruningCheck(oldest(null, 404), retention).state).toBe('warn')
  expect(pruningCheck(oldest(900, 900), { ...retention, texts: null, results: null })).toMatchObject({
    state: 'ok',
    message: 'texts are kept forever, results are kept forever',
  })
})

test('a catalog is old after 2.5 times the interval at which it is asked for, and nothing where nobody can be asked', () => {
  const weekly = '0 4 * * 1'
  const health = { lastFinishedAt: null, lastStatus: null, now: new Date(now) }
  const synced = (days: number) =>
    syncChecks({ ...health, lastSyncedAt: new Date(ago(24 * days)) }, weekly, 1)
  expect(syncChecks(health, weekly, 0)).toEqual([])
  expect(syncChecks(health, weekly, 1)).toMatchObject([
    { state: 'ok', message: 'no provider was asked for its models and prices yet' },
  ])
  expect(synced(17)).toMatchObject([{ state: 'ok', message: 'models and prices are of 17 days ago' }])
  expect(synced(18)).toMatchObject([
    { state: 'warn', todo: expect.stringContaining('sync-models.ts') as string },
  ])
})
