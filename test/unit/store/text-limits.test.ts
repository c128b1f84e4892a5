import { expect, test } from 'vitest'
import { cut } from '../../../src/core/text.ts'
import { toResultRow } from '../../../src/store/result-codec.ts'
import { textLimits, withinLimits } from '../../../src/store/text-limits.ts'
import { samplePlan, sampleProbe, sampleResult, sampleTarget } from '../../support/samples.ts'

test('a text is cut to bytes, and never within a character', () => {
  expect(cut('abc', 3)).toBe('abc')
  expect(cut('abc', 2)).toBe('ab')
  expect(cut('模型', 6)).toBe('模型')
  expect(cut('模型', 5)).toBe('模')
  expect(cut('a😀', 5)).toBe('a😀')
  for (const bytes of [1, 2, 3, 4]) expect(cut('a😀', bytes)).toBe('a')
  expect(cut('a'.repeat(6_000_000), 500)).toBe('a'.repeat(500))
})

test('what is to be recorded is cut wherever it is, and nothing else is', () => {
  const long = '😀'.repeat(5000)
  const input = {
    result: {
      error_code: long,
      notes: Array.from({ length: 200 }, () => long),
      status_code: 200,
      prices: null,
    },
    providers: [{ name: long }, { name: 'short' }],
    timeline: { data: long },
  }
  expect(withinLimits(input)).toEqual({
    result: {
      error_code: '😀'.repeat(125),
      notes: Array.from({ length: 100 }, () => '😀'.repeat(50)),
      status_code: 200,
      prices: null,
    },
    providers: [{ name: '😀'.repeat(100) }, { name: 'short' }],
    timeline: { data: long },
  })
})

test('a row of a result is within the limits wherever it is shown', () => {
  const long = 'x'.repeat(100_000)
  const probe = sampleProbe(sampleTarget('m'))
  const more = {
    errorCode: long,
    requestId: long,
    finishReason: long,
    responseModel: long,
    responseText: long,
  }
  const row = toResultRow(sampleResult(samplePlan(['m']), probe, more))
  for (const name of ['error_code', 'request_id', 'finish_reason', 'response_model'] as const)
    expect(row[name]).toHaveLength(textLimits[name])
  expect(row.response_text).toBe(long)
})
