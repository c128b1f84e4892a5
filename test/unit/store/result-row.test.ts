import { expect, test } from 'vitest'
import { toResultRow } from '../../../src/store/result-codec.ts'
import { samplePlan, sampleResult } from '../../support/samples.ts'

const rowOf = (more: object) => {
  const plan = samplePlan(['gpt-5'])
  const [probe] = plan.probes
  if (!probe) throw new Error('the sample plan has no probe')
  return toResultRow(sampleResult(plan, probe, more))
}

test('a row has the column names of the database', () => {
  expect(rowOf({})).toMatchObject({
    provider: 'openai',
    model: 'gpt-5',
    itl_p50_ms: 40,
    cold_ttft_ms: 282.251,
    lag_p99_ms: 3,
    e2e_ms: 250.75,
    started_at: '2026-11-21T10:15:00.123Z',
    prices: {
      input_per_m: 0.15,
      output_per_m: 0.6,
      cached_per_m: 0.075,
      cache_write_per_m: 0.1875,
      reasoning_per_m: null,
      overrides: [
        { over_input_tokens: 272_000, input_per_m: 0.3 },
        { from_utc: '01:00', to_utc: '04:00', output_per_m: 1.2, cached_per_m: null },
      ],
      source: 'genai-prices',
      as_of: '2026-09-23T00:00:00+00:00',
    },
  })
  expect(rowOf({})).not.toHaveProperty('timeline')
})

test('keys that the provider sent or reported stay as they are', () => {
  const serverTimings = { queueTime: 1, total_time: 2 }
  expect(rowOf({ serverTimings, parameters: { maxTokens: 1 } })).toMatchObject({
    server_timings: serverTimings,
    parameters: { maxTokens: 1 },
  })
})

test.each([
  [12, 12],
  [0, 0],
  [12.5, null],
  [2 ** 31, null],
  [2 ** 31 - 1, 2 ** 31 - 1],
  [Number.NaN, null],
  [null, null],
])('%s tokens are kept as %s', (outputTokens, kept) => {
  expect(rowOf({ outputTokens })).toMatchObject({ output_tokens: kept })
})

test('text loses NUL and half characters, and keeps whole ones', () => {
  expect(rowOf({ responseText: 'a\0\u{1F600}\uD83D b' })).toMatchObject({ response_text: 'a\u{1F600} b' })
})
