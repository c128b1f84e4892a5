import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Sql } from '../../src/store/connection.ts'
import { command, makeFolder, removeFolder, start } from '../support/command.ts'
import { holdDatabase } from '../support/held-database.ts'

let cwd = ''
let database: Sql
beforeAll(async () => {
  cwd = makeFolder()
  database = await holdDatabase(cwd)
})
afterAll(async () => {
  await database.close()
  removeFolder(cwd)
})

const query = async (text: string) => (await database.query(text)).rows

test('a run is rolled up, aged and pruned; its rollups remain and are final', async () => {
  const env = { SYN_DELAY_MS: '1', SYN_FRAMES: '5', SYN_TTFT_MS: '20' }
  expect((await command('run.ts', ['--runs', '3'], { cwd, env })).code).toBe(0)
  const rolledUp = 'select sum(n_calls)::int as calls, sum(n_ok)::int as ok from rollups_daily'
  expect(await query(rolledUp)).toEqual([{ calls: 3, ok: 3 }])
  const refreshed = await command('refresh-leaderboards.ts', ['--json'], { cwd })
  expect(refreshed).toMatchObject({ code: 0, stderr: '' })
  expect(JSON.parse(refreshed.stdout)).toEqual({ refreshed: ['24h', '7d', '30d'], done: true })
  // Too few samples to rank. A busy machine may trust some of its timings, or none.
  const trusted = `select count(*)::int as n from benchmark_results where timing_quality <> 'untrusted' having count(*) > 0`
  expect(await query(`select n from target_summary where period = '24h' and metric = 'ttft'`)).toEqual(
    await query(trusted),
  )
  expect(
    await query(`select n, rank from target_summary where period = '24h' and metric = 'uptime'`),
  ).toEqual([{ n: 3, rank: null }])

  const dry = await command('prune.ts', ['--dry-run'], { cwd })
  expect(dry).toMatchObject({ code: 0, stderr: '' })
  expect(dry.stdout).toMatch(/^the texts of 0 results .*\n0 results .*\nnothing was changed\n$/s)

  // To one day: they may lie on both sides of a midnight.
  await query(
    `update benchmark_results set created_at = date_trunc('day', now(), 'UTC') - interval '500 days'`,
  )
  expect(await query(`${rolledUp} where bucket < now() - interval '498 days'`)).toEqual([{ calls: 3, ok: 3 }])
  const preview = await command('prune.ts', ['--dry-run', '--json'], { cwd })
  expect(JSON.parse(preview.stdout)).toMatchObject({ dry_run: true, texts: 3, results: 3 })
  const pruned = await command('prune.ts', ['--json', '--batch', '2'], { cwd })
  expect(pruned).toMatchObject({ code: 0, stderr: '' })
  expect(JSON.parse(pruned.stdout)).toMatchObject({
    dry_run: false,
    texts: 3,
    results: 3,
    days: 1,
    done: true,
  })
  expect(await query('select count(*)::int as n from benchmark_results')).toEqual([{ n: 0 }])
  expect(await query(rolledUp)).toEqual([{ calls: 3, ok: 3 }])

  const final = await command(
    'rebuild-rollups.ts',
    ['--since', '2020-01-01T00:00:00Z', '--until', '2020-02-01'],
    { cwd },
  )
  expect(final.code).toBe(2)
  expect(final.stdout).toContain('everything before 2020-02-01T00:00:00.000Z is final')
})

test('rebuilding repairs damaged rollups', async () => {
  await query(`with run as (insert into runs (run_name, triggered_by) values ('by hand', 'manual') returning id)
    insert into benchmark_results (run_id, provider, model, total_latency_ms, created_at)
      select id, 'someone', 'by-hand', 5, now() - interval '3 days' from run`)
  await query("delete from rollups_hourly where bucket > now() - interval '4 days'")
  const since = new Date(Date.now() - 5 * 24 * 3_600_000).toISOString()
  const rebuilt = await command('rebuild-rollups.ts', ['--since', since, '--json'], { cwd })
  expect(rebuilt).toMatchObject({ code: 0, stderr: '' })
  const document = JSON.parse(rebuilt.stdout) as Record<string, string>
  expect(new Date(document['rebuilt_from'] ?? '').getTime()).toBeLessThanOrEqual(new Date(since).getTime())
  expect(
    await query(
      `select latency from rollups_hourly h join tracks t on t.id = h.track_id where model = 'by-hand'`,
    ),
  ).toEqual([{ latency: [5] }])
})

test('the scheduler prunes on a schedule of its own', async () => {
  const scheduler = start('schedule.ts', ['--cron', '0 0 1 1 *', '--synthetic'], {
    cwd,
    env: { PRUNE_SCHEDULE: '* * * * * *' },
  })
  await scheduler.until(/deleted 0 texts and 0 results of 0 days/)
  scheduler.child.kill('SIGTERM')
  expect((await scheduler.ended).code).toBe(0)
})
