import { randomBytes } from 'node:crypto'
import type { ProxyRecord } from '../../src/core/proxy-record.ts'
import type { ProxyText } from '../../src/core/proxy-text.ts'

/** A UUID of version 7 of a moment: ids of records grow with time. */
function idAt(at: Date): string {
  const time = at.getTime().toString(16).padStart(12, '0')
  const random = randomBytes(10).toString('hex')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${random.slice(6, 18)}`
}

/** A streamed request that succeeded, with changes. */
export function sampleRecord(changes: Partial<ProxyRecord> = {}): ProxyRecord {
  const receivedAt = changes.receivedAt ?? new Date()
  return {
    id: idAt(receivedAt),
    receivedAt,
    path: 'chat',
    provider: 'openai',
    host: 'api.openai.com',
    synthetic: false,
    modelAsked: 'gpt-4o-mini',
    modelAnswered: 'gpt-4o-mini-2024-07-18',
    client: 'web',
    region: 'iad1',
    keyMode: 'pass-through',
    stream: true,
    reasoning: null,
    attempt: 0,
    status: 200,
    upstreamStatus: 200,
    success: true,
    errorKind: null,
    faultDomain: null,
    errorCode: null,
    clientLeft: null,
    finishReason: 'stop',
    bodyMs: 0.25,
    sentMs: 1.5,
    connectMs: 0,
    reused: true,
    headersMs: 251.5,
    firstEventMs: 300,
    firstTokenMs: 301.5,
    firstAnswerMs: 301.5,
    lastTokenMs: 801.5,
    upstreamEndMs: 802,
    firstWrittenMs: 252,
    lastWrittenMs: 802.125,
    endMs: 802.25,
    overheadBeforeMs: 1.25,
    overheadFirstMs: 0.125,
    clientStalledMs: 0,
    ttfbMs: 250,
    ttftMs: 300,
    ttfaMs: 300,
    tps: 98,
    itlP50Ms: 10,
    itlP95Ms: 12,
    totalLatencyMs: 800.5,
    inputTokens: 500,
    outputTokens: 50,
    reasoningTokens: null,
    cachedTokens: 0,
    cacheWriteTokens: null,
    tokenSource: 'usage',
    costUsd: 0.0001,
    costSource: 'price',
    requestBytes: 2000,
    responseBytes: 9000,
    promptCharacters: 1900,
    maxTokens: null,
    eventCount: 52,
    injectedUsage: true,
    timingQuality: 'ok',
    timingReasons: [],
    lagMaxMs: 0.5,
    ...changes,
  }
}

/** What was asked and answered in a request, with changes. */
export const sampleText = (changes: Partial<ProxyText> = {}): ProxyText => ({
  requestId: '0193e0a4-5b2c-7d3e-8f40-112233445566',
  capturedAt: new Date(),
  messages: [{ role: 'user', content: 'Say hello.' }],
  answerText: 'Hello!',
  reasoningText: 'A greeting is asked for.',
  ...changes,
})

/** What a request that the provider failed has otherwise. */
export const providerFailed = {
  success: false,
  status: 503,
  upstreamStatus: 503,
  errorKind: 'overloaded',
  faultDomain: 'provider',
  ttftMs: null,
  ttfaMs: null,
  tps: null,
  inputTokens: null,
  outputTokens: null,
  cachedTokens: null,
  costUsd: null,
  costSource: null,
} as const satisfies Partial<ProxyRecord>

/** What a request whose client left has otherwise. */
export const clientLeft = {
  ...providerFailed,
  status: 200,
  upstreamStatus: 200,
  errorKind: 'aborted',
  faultDomain: 'self',
  clientLeft: 'streaming',
  ttftMs: 310,
} as const satisfies Partial<ProxyRecord>
