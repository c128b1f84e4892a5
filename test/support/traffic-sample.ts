import type { ProxyRecord } from '../../src/core/proxy-record.ts'
import { clientLeft, providerFailed, sampleRecord } from './proxy-records.ts'

const from = Date.parse('2026-11-26T10:00:30Z')

/** The nth minute of two hours of November 26. */
const minute = (n: number) => new Date(from + n * 60_000)

const record = (changes: Partial<ProxyRecord>) => sampleRecord({ inputTokens: 200, ...changes })

/**
 * Two hours of traffic beside the sample history: 60 streams of a web server with TTFT of 342 to 460 ms, in steps of 2,
 * one that the provider failed and one whose client left; five long requests of a batch, in one piece; three streams at another
 * provider, a third of whose input was cached.
 */
export const sampleTraffic = (): ProxyRecord[] =>
  [
    ...Array.from({ length: 60 }, (_, n) => record({ receivedAt: minute(n), ttftMs: 342 + 2 * n })),
    record({ receivedAt: minute(61), ...providerFailed }),
    record({ receivedAt: minute(62), ...clientLeft }),
    ...Array.from({ length: 5 }, (_, n) =>
      record({
        receivedAt: minute(70 + n),
        client: 'batch',
        stream: false,
        ttftMs: null,
        ttfaMs: null,
        tps: null,
        inputTokens: 5000,
        totalLatencyMs: 2000,
        costUsd: 0.001,
      }),
    ),
    ...Array.from({ length: 3 }, (_, n) =>
      record({
        receivedAt: minute(80 + n),
        provider: 'groq',
        host: 'api.groq.com',
        modelAsked: 'openai/gpt-oss-20b',
        modelAnswered: 'openai/gpt-oss-20b',
        ttftMs: 150 + 10 * n,
        inputTokens: 3000,
        cachedTokens: 1000,
      }),
    ),
  ].map((each, n) => ({ ...each, id: `30000000-0000-7000-8000-${String(n).padStart(12, '0')}` }))
