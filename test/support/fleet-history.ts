import type { Sql } from '../../src/store/connection.ts'
import { uuid } from './history-calls.ts'

/** The latest run of the history as four shards in iad1 and one in fra1: the third was lost once, nobody took the fourth. */
export async function recordFleet(sql: Sql): Promise<void> {
  const rows = [
    ['iad1', 0, 'openai', 0, 1, '12:00:01', 1, 0],
    ['iad1', 1, 'groq', 1, 1, '12:01:03', 1, 0],
    ['iad1', 2, 'together', 2, 2, '12:03:10', 2, 1],
    ['iad1', 3, 'openrouter', 3, 1, null, 0, 0],
    ['fra1', 0, 'openai', 0, 1, '12:00:02', 1, 0],
  ] as const
  for (const [region, shard, provider, minute, probes, taken, takes, lost] of rows)
    await sql.query(
      `insert into shards (run_id, region, shard, provider_id, window_at, n_probes, status, takes, lost, taken_at, done_at)
        select $1, $2, $3, p.id, '2026-11-26T12:00:00Z'::timestamptz + $5 * interval '1 minute', $6, 'done', $7, $8, $9::timestamptz,
          '2026-11-26T12:04:00Z'
        from providers p where p.slug = $4`,
      [uuid(2), region, shard, provider, minute, probes, takes, lost, taken && `2026-11-26T${taken}Z`],
    )
  await sql.exec(`
    insert into fleet_workers (owner, region, host, version, started_at, beat_at, concurrency, in_hand, lag_ms, made, leaving)
      values ('lighthouse:4711:0a1b2c3d', 'iad1', 'lighthouse', '0.1.0', '2026-11-26T12:00:00Z', '2026-11-26T12:19:56Z', 8, 0, 1.5, 5, false)`)
}
