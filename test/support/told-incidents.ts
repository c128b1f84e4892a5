import type { Incident } from '../../web/api/incident-queries.ts'

/** An open incident as the API tells it: a target that is down since noon. */
export const incidentLike = (more: Partial<Incident> = {}): Incident => ({
  id: '0d8f7c3e-52a4-4c55-8f0e-6f3f6a1c9b01',
  scope: 'target/5b3c2f10-9f7b-4f0e-a7a1-3f1f6d1f2a01/local',
  kind: 'down',
  severity: 'critical',
  provider: 'openai',
  model: 'gpt-5',
  target_id: '5b3c2f10-9f7b-4f0e-a7a1-3f1f6d1f2a01',
  region: 'local',
  first_bad_at: '2026-11-05T12:00:00+00:00',
  opened_at: '2026-11-05T12:15:10+00:00',
  acknowledged_at: null,
  acknowledged_by: null,
  resolved_at: null,
  resolve_reason: null,
  shadow: false,
  parent_id: null,
  flapping: false,
  evidence: { failures: 2, error_kinds: ['timeout_first_token', 'overloaded'] },
  lasts_s: 3600,
  title: 'gpt-5 at openai is down',
  text: '2 checks in a row failed.\nErrors: timeout_first_token, overloaded.\nSince 2026-11-05 12:00 UTC.',
  ...more,
})
