import type { Monitoring, MonitoredTarget } from '../../src/core/monitoring.ts'
import { samplePrice } from './samples.ts'

/** A target that is up, with a value in every field. */
export const monitoredTarget = (more: Partial<MonitoredTarget> = {}): MonitoredTarget => ({
  targetId: '00000000-0000-7000-8000-000000000001',
  provider: 'openai',
  model: 'gpt-5.4-nano',
  region: 'iad1',
  state: 'up',
  last: {
    at: new Date('2026-11-29T10:00:05.250Z'),
    series: 'series-1',
    success: true,
    ttftMs: 250.5,
    ttfaMs: 300,
    latencyMs: 1800,
    tps: 62.5,
    costUsd: 0.000_143_4,
    inputTokens: 520,
    outputTokens: 109,
    reasoningTokens: 12,
    timingQuality: 'ok',
  },
  intervalS: 900,
  lastSuccessAt: new Date('2026-11-29T10:00:05.250Z'),
  inFlight: 1,
  price: samplePrice,
  totals: {
    since: new Date('2026-11-01T00:00:00Z'),
    calls: 100,
    ok: 90,
    failures: { timeout_idle: 6, rate_limited: 3, from_another_version: 1 },
    answers: 91,
    costUnknown: 2,
    inputTokens: 52_000,
    outputTokens: 10_900,
    reasoningTokens: 1200,
    costUsd: 0.014_34,
  },
  ...more,
})

/** What the database knows half a minute after the slot of ten. */
export const monitoring = (more: Partial<Monitoring> = {}): Monitoring => ({
  now: new Date('2026-11-29T10:15:30Z'),
  schedule: {
    slot: new Date('2026-11-29T10:00:00Z'),
    lateAt: new Date('2026-11-29T10:15:00Z'),
    lastFinishedAt: new Date('2026-11-29T10:01:00Z'),
  },
  nRunning: 1,
  spentTodayUsd: 0.25,
  incidents: {
    open: [
      {
        kind: 'slow',
        severity: 'minor',
        provider: 'openai',
        model: 'gpt-5.4-nano',
        region: 'iad1',
        targetId: '00000000-0000-7000-8000-000000000001',
        openedAt: new Date('2026-11-29T09:00:00Z'),
      },
    ],
    opened: { slow: 3, down: 1 },
    resolved: { slow: 2, down: 1 },
  },
  channels: [
    {
      name: 'slack',
      enabled: true,
      nWaiting: 1,
      waitingSince: new Date('2026-11-29T10:14:00Z'),
      nSent: 13,
      nDead: 1,
    },
  ],
  judgedUntil: new Date('2026-11-29T10:00:05.250Z'),
  nTargets: 1,
  targets: [monitoredTarget()],
  ...more,
})
