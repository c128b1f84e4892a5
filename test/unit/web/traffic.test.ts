import { expect, test } from 'vitest'
import { endedOf, linesOf, sizesOf, type Traffic } from '../../../web/screens/target/traffic-lines.ts'

const samples = (n: number) => ({ n, p50: 10 * n, p90: null, p95: null, p99: null })
const traffic: Traffic['traffic'] = {
  n: 100,
  ok: 90,
  client_left: 3,
  failed: { provider: 4, account: 1, config: 2, excluded: 0, self: 0 },
  untrusted: 0,
  cost_unknown: 0,
  input_tokens: 1,
  cached_tokens: 0,
  output_tokens: 1,
  reasoning_tokens: 0,
  cost_usd: 0,
  request_bytes: 1,
  response_bytes: 1,
  overhead_before_ms: null,
  overhead_first_ms: null,
  ttft: samples(9),
  ttfa: samples(9),
  tps: samples(9),
  latency: samples(9),
}
const found: Traffic = {
  since: '2026-11-26T00:00:00Z',
  until: '2026-11-27T00:00:00Z',
  provider: 'openai',
  model: 'gpt',
  last_at: null,
  n_texts: 0,
  traffic,
  input_sizes: [0, 256, 65_536, 262_144, null].map((size, n) => ({ input_size: size, ttft: samples(n) })),
  steps: { step_s: 1800, n: [], ttft_p50: [] },
  probes: ['eu', 'us'].map((region, n) => ({ region, series: 's', ttft: samples(n), latency: samples(n) })),
}

test('traffic comes first, then the probes of the regions that are shown', () => {
  const namesOf = (region: string | null) => linesOf(found, region).map(({ name, ttft }) => [name, ttft.n])
  expect(namesOf(null)).toEqual([
    ['Your traffic', 9],
    ['Probes, eu', 0],
    ['Probes, us', 1],
  ])
  expect(namesOf('us')).toEqual([
    ['Your traffic', 9],
    ['Probes, us', 1],
  ])
})

test('a size of input says from which number of tokens to which, the last one without an end', () => {
  expect(sizesOf(found).map(({ name }) => name)).toEqual([
    '0–255 tokens',
    '256–1,023 tokens',
    '65,536–262,143 tokens',
    '262,144 tokens or more',
    'unknown size',
  ])
})

test('who left ended nothing, and failures are of the provider or of others', () => {
  expect(endedOf(traffic)).toEqual({ ended: 97, byProvider: 4, byOthers: 3 })
})
