import type { StatusPage } from '../../src/store/status-codec.ts'

const days = (values: Record<number, number> = {}, usual = 0) =>
  Array.from({ length: 90 }, (_, index) => values[index] ?? usual)

type Component = StatusPage['components'][number]

/** A component that was checked 96 times a day, and never failed. */
export const componentRow = (key: string, more: Partial<Component> = {}): Component => ({
  key,
  name: key.split('/')[1] ?? key,
  provider: key.split('/')[0] ?? key,
  group_key: key.split('/')[0] ?? key,
  group_name: (key.split('/')[0] ?? key).toUpperCase(),
  description: null,
  created_at: '2026-08-01T00:00:00+00:00',
  regions: [{ region: 'fra1', state: 'ok', since: null, last_check_at: '2026-11-30T11:45:00+00:00' }],
  checks: days({}, 96),
  failed: days(),
  down_minutes: days(),
  typical: { n: 96, ttft_ms: 412, tps: 88.5 },
  ...more,
})

/** An incident of components. */
export const incidentRow = (
  id: string,
  components: string[],
  more: Partial<StatusPage['incidents'][number]> = {},
): StatusPage['incidents'][number] => ({
  id,
  kind: 'down',
  severity: 'critical',
  group_name: 'ALPHA',
  region: 'fra1',
  components,
  started_at: '2026-11-30T10:00:00+00:00',
  opened_at: '2026-11-30T10:15:00+00:00',
  resolved_at: null,
  official: null,
  ...more,
})

/** A note that begins a story. */
export const noteRow = (
  id: string,
  more: Partial<StatusPage['notes'][number]> = {},
): StatusPage['notes'][number] => ({
  id,
  incident_id: null,
  state: 'investigating',
  title: 'Odd answers',
  body: 'We look at it.',
  components: [],
  created_at: '2026-11-30T11:00:00+00:00',
  ...more,
})

/** Two components of alpha and one of beta, all well, at noon of 30 November 2026. */
export const pageRow = (more: Partial<StatusPage> = {}): StatusPage => ({
  generated_at: '2026-11-30T12:00:00+00:00',
  synthetic: false,
  days: { t0: '2026-09-02T00:00:00+00:00', n: 90 },
  components: [componentRow('alpha/one'), componentRow('alpha/two'), componentRow('beta/three')],
  incidents: [],
  official: [],
  notes: [],
  maintenance: [],
  ...more,
})

/** Values by their day. */
export const onDays = days
