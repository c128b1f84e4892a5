import type { Sql } from '../../src/store/connection.ts'
import { uuid } from './history-calls.ts'

/**
 * Incidents of the sample history: Kimi K2 is down since two calls failed, gpt-oss-20b was slow for six hours,
 * a price changed, and something was only looked at. Together publishes the outage ten minutes after it is judged.
 */
export async function recordIncidents(sql: Sql): Promise<void> {
  const rows = [
    {
      kind: 'down',
      severity: 'critical',
      model: 'moonshotai/Kimi-K2',
      first_bad_at: '2026-11-26T11:31:05Z',
      opened_at: '2026-11-26T12:01:05Z',
      evidence: { failures: 2, error_kinds: ['server_error', 'timeout_first_token'] },
    },
    {
      kind: 'slow',
      severity: 'major',
      model: 'openai/gpt-oss-20b',
      first_bad_at: '2026-11-20T08:00:00Z',
      opened_at: '2026-11-20T09:30:00Z',
      resolved_at: '2026-11-20T14:00:00Z',
      resolve_reason: 'recovered',
      evidence: { metric: 'ttft', ratio: 3.2 },
    },
    {
      kind: 'errors',
      severity: 'major',
      model: 'openai/gpt-oss-20b',
      first_bad_at: '2026-11-26T10:00:00Z',
      opened_at: '2026-11-26T12:00:04Z',
      shadow: true,
      evidence: { failed: 4, n: 12 },
    },
  ]
  const targets = rows.map((row) => ({ ...row, provider: 'together', region: 'iad1' }))
  const price = {
    kind: 'price_change',
    severity: 'info',
    provider: 'openai',
    model: 'gpt-4o-mini',
    scope: `model/${uuid(1)}`,
    first_bad_at: '2026-11-20T06:00:00Z',
    opened_at: '2026-11-20T06:00:00Z',
    resolved_at: '2026-11-23T06:00:00Z',
    resolve_reason: 'expired',
    evidence: { input_before: 0.15, input_after: 0.3 },
  }
  const all = [...targets, price].map((row, at) => ({
    scope: `target/${uuid(at)}/iad1`,
    shadow: false,
    flapping: false,
    ...row,
    id: uuid(20_000 + at),
  }))
  await sql.query(
    `insert into incidents select r.* from jsonb_populate_recordset(null::incidents, $1::jsonb) r`,
    [JSON.stringify(all)],
  )
  await sql.query(
    `insert into official_statuses (provider, claimed_at, checked_at, ok_at, indicator, summary)
      select 'together', at, at, at, 'major_outage', 'Inference - Chat: Kimi K2'
      from (values (timestamptz '2026-11-26T12:19:00Z')) asked (at)`,
  )
  await sql.query(
    `insert into official_incidents (provider, external_id, name, impact, status, started_at, not_seen_at, first_seen_at)
      values ('together', '941866', 'Kimi K2 is not available', 'critical', 'investigating', '2026-11-26T11:40:00Z',
        '2026-11-26T12:06:05Z', '2026-11-26T12:11:05Z')`,
  )
  await sql.query(
    `insert into notification_deliveries (incident_id, event, channel, payload, state, sent_at)
      select $1::uuid, event, channel, '{}', state, case when state = 'sent' then now() end
      from (values ('opened', 'slack', 'sent'), ('opened', 'mail', 'sent'), ('resolved', 'slack', 'sent'),
        ('resolved', 'mail', 'dead')) made (event, channel, state)`,
    [uuid(20_001)],
  )
}
