import type { Fleet, FleetRegion, FleetWorker } from '../../src/core/fleet.ts'

const now = Date.parse('2026-11-30T12:00:00Z')
const ago = (s: number): string => new Date(now - 1000 * s).toISOString()

/** A worker that is live, with a value in every field. */
export const fleetWorker = (more: Partial<FleetWorker> = {}): FleetWorker => ({
  owner: 'fra-1:4711:0a1b2c3d',
  host: 'fra-1',
  version: '1.4.0',
  started_at: ago(7200),
  beat_at: ago(4),
  beat_age_s: 4,
  state: 'live',
  concurrency: 8,
  in_hand: 3,
  lag_ms: 2.4,
  made: 12_480,
  calibration: { created_at: ago(86_400), concurrency: 16, ttft_p95_ms: 0.348, chunk_p99_ms: 0.9 },
  ...more,
})

/** A region with one worker, and 2 of its shards due for 34 s. */
export const fleetRegion = (more: Partial<FleetRegion> = {}): FleetRegion => ({
  region: 'fra',
  workers: [fleetWorker()],
  queue: {
    due: { shards: 2, probes: 81, oldest_s: 34 },
    later: { shards: 410, probes: 17_200, next_at: ago(-20) },
    taken: { shards: 3, probes: 120 },
  },
  lately: {
    done: 1210,
    takes: 1216,
    lost: 2,
    begun: 1214,
    late_p50_s: 1.25,
    late_p99_s: 14.5,
    skip_reasons: { late: 3, 'rate limited': 41 },
  },
  ...more,
})

/** A fleet of one region and two providers, of which one is paused and has all its lanes in use. */
export const sampleFleet = (more: Partial<Fleet> = {}): Fleet => ({
  now: ago(0),
  regions: [fleetRegion()],
  lanes: [
    {
      provider: 'groq',
      name: 'Groq',
      lanes: 2,
      is_usual: false,
      paused_until: ago(-300),
      regions: [{ region: 'fra', in_use: 2, shards_due: 2, oldest_due_s: 34 }],
    },
    {
      provider: 'openai',
      name: 'OpenAI',
      lanes: 4,
      is_usual: true,
      paused_until: null,
      regions: [{ region: 'fra', in_use: 1, shards_due: 0, oldest_due_s: null }],
    },
  ],
  ...more,
})

/** Nothing to see. */
export const noFleet: Fleet = { now: ago(0), regions: [], lanes: [] }
