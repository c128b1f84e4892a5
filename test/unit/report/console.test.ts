import { expect, test } from 'vitest'
import {
  painter,
  resultLine,
  resultTable,
  statisticsTables,
  timingNotes,
} from '../../../src/report/console.ts'
import type { Result } from '../../../src/core/result.ts'
import type { ResultRow } from '../../../src/core/row.ts'
import { toResultRow } from '../../../src/store/result-codec.ts'
import { samplePlan, sampleResult } from '../../support/samples.ts'

const paint = painter(false)
function result(more: Partial<Result> = {}): ResultRow {
  const plan = samplePlan(['gpt-6-luna'])
  const probe = plan.probes[0]
  if (probe === undefined) throw new Error('the plan is empty')
  const numbers = {
    ttftMs: 250.5,
    tps: 30.54,
    totalLatencyMs: 4412,
    inputTokens: 520,
    outputTokens: 109,
    costUsd: 0.000143,
  }
  return toResultRow({
    ...sampleResult(plan, probe),
    timingQuality: 'ok',
    timingReasons: [],
    ...numbers,
    ...more,
  })
}
const failure = (more: Partial<Result> = {}) =>
  result({
    success: false,
    statusCode: 429,
    errorKind: 'rate_limited',
    faultDomain: 'account',
    errorMessage: 'slow down',
    ttftMs: null,
    tps: null,
    costUsd: null,
    ...more,
  })

test('a result is one line with the main metrics', () => {
  expect(resultLine(result(), paint)).toBe(
    '✓ openai / gpt-6-luna  TTFT 251 ms  TPS 30.5  latency 4.41 s  520 in / 109 out  $0.000143',
  )
})

test('a line says the context tier, and that a call only warmed up', () => {
  expect(resultLine(result({ contextTokens: 5000, warmup: true }), paint)).toMatch(
    /^✓ openai \/ gpt-6-luna, context 5000, warm-up  TTFT 251 ms /,
  )
  expect(resultLine(failure({ warmup: true }), paint)).toBe(
    '✗ openai / gpt-6-luna, warm-up  429 rate_limited  slow down',
  )
})

test('a failure is a line with what happened, and cannot forge another', () => {
  const line = resultLine(failure({ errorMessage: 'no\r\u001b[2K✓ groq / fake\nmore' }), paint)
  expect(line).toBe('✗ openai / gpt-6-luna  429 rate_limited  no ✓ groq / fake more')
})

test('the table is sorted and shows the outcome of each row', () => {
  const rows = resultTable([failure({ model: 'z' }), result({ model: 'a' })], paint).split('\n')
  expect(rows.map((row) => row.split(/ {2,}/))).toEqual([
    ['PROVIDER', 'MODEL', 'TTFT', 'TPS', 'LATENCY', 'IN', 'OUT', 'COST', 'STATUS'],
    ['openai', 'a', '251 ms', '30.5', '4.41 s', '520', '109', '$0.000143', '200 ok'],
    ['openai', 'z', '-', '-', '4.41 s', '520', '109', 'unknown', '429 rate_limited'],
  ])
})

test('the statistics exclude failures and mark percentiles of a small sample', () => {
  const table = statisticsTables([result({ ttftMs: 100 }), result({ ttftMs: 300 }), failure()], paint)
  const ttft = table.split('\n').find((row) => row.includes('TTFT ms'))
  // mean 200, sd sqrt(2 x 100^2 / 1) = 141.4, p95 by interpolation 100 + 0.95 x 200 = 290, p99 298
  expect(table.split('\n')[0]).toBe('openai / gpt-6-luna  1 of 3 failed')
  expect(ttft?.trim().split(/ {2,}/)).toEqual([
    'TTFT ms',
    '2',
    '100.0',
    '200.0',
    '141.4',
    '200.0',
    '~290.0',
    '~298.0',
    '300.0',
  ])
})

test('a doubtful timing is reported once per target, with its reasons', () => {
  const doubtful = result({ timingQuality: 'degraded', timingReasons: ['event loop up to 12.5 ms late'] })
  expect(timingNotes([result(), doubtful, doubtful], paint)).toBe(
    '! openai / gpt-6-luna: timing degraded 2 times (event loop up to 12.5 ms late)',
  )
  expect(timingNotes([result()], paint)).toBe('')
})
