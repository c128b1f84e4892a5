import { expect, test } from 'vitest'
import { parseThresholds, usualThresholds } from '../../../src/lab/thresholds.ts'

test('metrics that are named decide, with errors; the others keep their usual threshold', () => {
  const found = parseThresholds('ttft_p50=10%, rps = 2.5 %')
  expect(found).toEqual({
    thresholds: {
      gates: ['ttft_p50', 'rps', 'errors'],
      over: { ...usualThresholds.over, ttft_p50: 0.1, rps: 0.025 },
    },
  })
  expect(parseThresholds('errors=0%')).toMatchObject({
    thresholds: { gates: ['errors'], over: { errors: 0 } },
  })
})

test.each(['', 'ttft', 'ttft_p50', 'ttft_p50=10', 'ttft=10%', 'rps=-5%', 'constructor=1%', 'rps=5%,'])(
  'what is no threshold is refused with the list of metrics: %j',
  (text) => {
    const problem = /is no threshold: write one of ttft_p50, ttft_p95, .*goodput with a percentage/
    expect(parseThresholds(text)).toEqual({ problem: expect.stringMatching(problem) })
  },
)

test('a metric has one threshold', () => {
  expect(parseThresholds('rps=5%,tps=5%,rps=6%')).toEqual({ problem: 'rps has two thresholds: give it one' })
})
