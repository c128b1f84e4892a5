import { randomUUID } from 'node:crypto'
import type { ListedModel } from '../../src/core/catalog.ts'
import { formulaVersion } from '../../src/core/metrics.ts'
import type { Plan, Probe, Target } from '../../src/core/plan.ts'
import type { Price } from '../../src/core/price.ts'
import type { Result } from '../../src/core/result.ts'
import type { Timeline } from '../../src/core/timeline.ts'
import type { TraceAbout } from '../../src/core/work.ts'

export const samplePrice: Price = {
  inputPerM: 0.15,
  outputPerM: 0.6,
  cachedPerM: 0.075,
  cacheWritePerM: 0.1875,
  reasoningPerM: null,
  overrides: [
    { overInputTokens: 272_000, inputPerM: 0.3 },
    { fromUtc: '01:00', toUtc: '04:00', outputPerM: 1.2, cachedPerM: null },
  ],
  source: 'genai-prices',
  asOf: '2026-09-23T00:00:00+00:00',
}

export const sampleTarget = (model: string, provider = 'openai'): Target => ({
  provider,
  model,
  parameters: { reasoning: 'least' },
  region: null,
})

export const sampleProbe = (target: Target, more: Partial<Probe> = {}): Probe => ({
  id: randomUUID(),
  resultId: randomUUID(),
  target,
  iteration: 1,
  region: 'local',
  series: 'series-1',
  price: samplePrice,
  estimateUsd: 0.001,
  inputUsd: 0.000_1,
  warmup: false,
  contextTokens: null,
  level: null,
  dueMs: null,
  asks: null,
  ...more,
})

/** A plan with one probe for each model, all of one provider. */
export const samplePlan = (models: string[], more: Partial<Plan> = {}): Plan => ({
  id: randomUUID(),
  name: 'a run',
  trigger: 'manual',
  mode: 'multi',
  schedule: null,
  slot: null,
  lateAt: null,
  synthetic: false,
  adhoc: false,
  settings: {
    prompt: 'Say hello.',
    promptHash: 'a'.repeat(64),
    maxTokens: 256,
    temperature: 0.7,
    timeouts: { connect: 10_000, firstToken: 60_000, idle: 30_000, total: 120_000 },
    order: 'sequential',
    confirm: false,
    concurrency: 1,
  },
  providers: [
    {
      id: 'openai',
      name: 'OpenAI',
      baseUrl: 'https://api.openai.example/v1',
      logoUrl: 'https://example.org/openai.svg',
      synthetic: false,
    },
  ],
  probes: models.map((model) => sampleProbe(sampleTarget(model))),
  ...more,
})

export const sampleTimeline: Timeline = {
  dnsMs: 1.25,
  tcpMs: 10.5,
  tlsMs: 20.001,
  connectMs: 31.751,
  headers: 200.125,
  reads: [200.125, 250.5, 650.75, 900],
  bytes: [300, 120, 80, 14],
  events: [
    { read: 0, kind: 'role', text: 0, reasoning: 0, other: 0 },
    { read: 1, kind: 'reasoning', text: 0, reasoning: 12, other: 0 },
    { read: 2, kind: 'text', text: 5, reasoning: 0, other: 0 },
    { read: 2, kind: 'text', text: 7, reasoning: 0, other: 3 },
    { read: 3, kind: 'done', text: 0, reasoning: 0, other: 0 },
  ],
  reasoningForm: 'full',
  end: 900.001,
}

/** A successful result with a value in every field that can have one. */
export const sampleResult = (plan: Plan, probe: Probe, more: Partial<Result> = {}): Result => ({
  id: probe.resultId,
  runId: plan.id,
  probeId: probe.id,
  provider: probe.target.provider,
  model: probe.target.model,
  synthetic: plan.synthetic,
  region: probe.region,
  iteration: probe.iteration,
  series: probe.series,
  promptHash: plan.settings.promptHash,
  prices: probe.price,
  costUsd: 0.000_143_4,
  chargedUsd: null,
  computedUsd: 0.000_143_4,
  costSource: 'price',
  ownLoad: false,
  warmup: false,
  maintenance: false,
  contextTokens: null,
  contextTokensCounted: null,
  level: null,
  scheduledAt: null,
  lateMs: null,
  startedAt: new Date('2026-11-21T10:15:00.123Z'),
  success: true,
  statusCode: 200,
  errorKind: null,
  faultDomain: null,
  errorMessage: null,
  errorCode: null,
  finishReason: 'stop',
  responseText: 'Hello.',
  responseModel: `${probe.target.model}-2026`,
  requestId: 'req_1',
  inputTokens: 520,
  outputTokens: 109,
  reasoningTokens: 12,
  cachedTokens: 0,
  cacheWriteTokens: 7,
  tokenSource: 'usage',
  dnsMs: 1.25,
  tcpMs: 10.5,
  tlsMs: 20.001,
  connectMs: 31.751,
  rateLimits: { 'x-ratelimit-remaining-requests': '59' },
  retryAfterMs: 1500,
  serverTimings: { 'openai-processing-ms': 180, queue_time: 0.01 },
  responseBytes: 514,
  eventCount: 5,
  notes: ['tokens after a finish reason, 1 x'],
  parameters: { model: probe.target.model, max_tokens: 256, temperature: 0.7 },
  formulaVersion,
  timeline: sampleTimeline,
  ttfbMs: 200.125,
  ttftMs: 250.5,
  coldTtftMs: 282.251,
  ttfaMs: 250.75,
  tps: 30.5,
  tpotMs: 32.787,
  itlP50Ms: 40,
  itlP95Ms: 80.5,
  itlMaxMs: 649.25,
  totalLatencyMs: 900.001,
  e2eMs: 250.75,
  stallCount: 1,
  stallMs: 649.25,
  inputTps: 2075.8,
  timingQuality: 'degraded',
  timingReasons: ['event loop up to 7.0 ms late', 'a, "quoted" {reason}'],
  lagMaxMs: 7,
  lagP99Ms: 3,
  lagFirstTokenMs: 0.5,
  eventsPerRead: 1.25,
  tokensPerEvent: 2.5,
  contentEncoding: 'identity',
  httpVersion: '1.1',
  queueMs: 0.25,
  ...more,
})

/** The result of a probe that failed before anything arrived. */
export const failedResult = (plan: Plan, probe: Probe, more: Partial<Result> = {}): Result => {
  const base = sampleResult(plan, probe)
  const unknown = Object.fromEntries(
    Object.keys(base)
      .filter((key) => /Ms$|^tps$|Tps$|Tokens$|^response(Text|Model)$|Id$|Count$|Source$/.test(key))
      .filter((key) => !/^(runId|probeId|totalLatencyMs|eventCount)$/.test(key))
      .map((key) => [key, null]),
  )
  return {
    ...base,
    ...unknown,
    success: false,
    statusCode: 429,
    errorKind: 'rate_limited',
    faultDomain: 'account',
    errorMessage: 'Too many requests',
    finishReason: null,
    costUsd: null,
    ...more,
  }
}

/** A listed chat model of which only the id is known. */
export const listedModel = (model: string, more: Partial<ListedModel> = {}): ListedModel => ({
  model,
  displayName: null,
  type: 'chat',
  contextWindow: null,
  outputLimit: null,
  inputModalities: null,
  outputModalities: null,
  supportedParameters: null,
  deprecatedOn: null,
  shutdownOn: null,
  price: null,
  ...more,
})

export const sampleTrace: TraceAbout = {
  name: 'trace.jsonl',
  format: 'mooncake',
  hash: 'c3'.repeat(32),
  requests: 3,
  failed: 1,
  speed: 1,
  blockTokens: 512,
  peakRate: 3,
}
