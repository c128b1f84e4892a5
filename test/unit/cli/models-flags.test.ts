import { expect, test } from 'vitest'
import { modelsFlags, modelsRequest } from '../../../src/cli/models-flags.ts'
import { parseFlags } from '../../../src/cli/parse-flags.ts'
import { proofText, targetText } from '../../../src/report/models.ts'

const parsed = (line: string) => parseFlags(line.split(' '), modelsFlags)
const requestOf = (line: string) => {
  const result = parsed(line)
  if (result === 'help' || !('flags' in result)) throw new Error(JSON.stringify(result))
  return modelsRequest(result.flags)
}
const sloOf = (line: string) => requestOf(line).slo

test('objectives are shares, and times of which a share must be kept', () => {
  expect(sloOf('slo openai m --availability 0.99 --ttft 800ms@0.95 --latency 1.5s@0.9 --days 7')).toEqual({
    availability: 0.99,
    ttft: { within_ms: 800, share: 0.95 },
    latency: { within_ms: 1500, share: 0.9 },
    days: 7,
  })
  expect(sloOf('slo openai m --ttft 1.001s@.95')).toEqual({ ttft: { within_ms: 1001, share: 0.95 } })
  expect(sloOf('slo openai m --availability none --days none')).toEqual({ availability: null, days: null })
})

test.each([
  ['--availability 99', '--availability must be the share of the checks that must not fail, such as 0.99'],
  ['--availability 99%', '--availability must be the share'],
  ['--availability 1', '--availability must be the share'],
  ['--availability 0.5', '--availability must be the share'],
  ['--ttft 800', '--ttft must be a time and the share'],
  ['--ttft 800ms@95', '--ttft must be a time and the share'],
  ['--ttft 0.5ms@0.95', '--ttft must be a time and the share'],
  ['--latency 2h@0.95', '--latency must be a time and the share'],
  ['--latency 5s@1', '--latency must be a time and the share'],
  ['--days 6', '--days must be from 7 to 90'],
  ['--days 7.5', '--days must be from 7 to 90'],
  ['', 'slo needs --availability, --ttft, --latency or --days'],
  ['--availability 0.99 --ttft-ms 5', '--ttft-ms is not for slo'],
])('slo %s is refused: %s', (flags, says) => {
  const line = `slo openai m ${flags}`.trim()
  expect(JSON.stringify(parsed(line))).toContain(says)
})

test('a target says its objectives and its interval', () => {
  const target = {
    provider: 'openai',
    model: 'm',
    parameters: { reasoning: 'least' as const },
    region: null,
    active: true,
    limits: { ttftMs: null, latencyMs: null },
    everyMinutes: null,
    thinnedMinutes: null,
  }
  expect(targetText({ ...target, slo: null })).toBe('active')
  expect(targetText({ ...target, slo: { availability: 0.999 } })).toBe(
    'active: objectives 99.9 % available, in 30 days',
  )
  const slo = { days: 7, ttft: { within_ms: 800, share: 0.95 }, latency: { within_ms: 5000, share: 0.9 } }
  expect(targetText({ ...target, slo })).toBe(
    'active: objectives 95 % TTFT at most 800 ms, 90 % latency at most 5000 ms, in 7 days',
  )
  expect(targetText({ ...target, slo: null, everyMinutes: 90 })).toBe('active: every 90m')
  expect(targetText({ ...target, slo: null, thinnedMinutes: 120 })).toBe(
    'active: thinned to every 2h by the budget',
  )
})

test.each([
  ['1m', 1],
  ['90m', 90],
  ['1h', 60],
  ['24h', 1440],
  ['1d', 1440],
  ['1440m', 1440],
  ['none', null],
])('an interval of %s is %s minutes', (text, minutes) => {
  for (const command of ['interval', 'add'])
    expect(requestOf(`${command} openai m --every ${text}`)).toMatchObject({ everyMinutes: minutes })
})

test.each([
  [
    'interval openai m --every 2d',
    '--every must be an interval such as 15m, 1h, 6h or 1d: a minute to a day, or none',
  ],
  ['interval openai m --every 25h', '--every must be an interval'],
  ['interval openai m --every 1441m', '--every must be an interval'],
  ['interval openai m --every 60', '--every must be an interval'],
  ['interval openai m --every 0m', '--every must be an interval'],
  ['interval openai m --every 1.5h', '--every must be an interval'],
  ['interval openai m', 'interval needs --every'],
  ['activate openai m --every 1h', '--every is not for activate'],
])('%s is refused: %s', (line, says) => {
  expect(JSON.stringify(parsed(line))).toContain(says)
})

test('what an objective takes to be proven is said of the highest share', () => {
  expect(proofText({ availability: 0.999, ttft: { within_ms: 800, share: 0.95 } }, null)).toBe(
    '99.9 % takes 3838 checks without a failure to prove: 40 days at 96 a day',
  )
  expect(proofText({ latency: { within_ms: 800, share: 0.95 } }, null)).toBe(
    '95 % takes 73 checks without a failure to prove: 1 day at 96 a day',
  )
  expect(proofText({ latency: { within_ms: 800, share: 0.95 } }, 60)).toBe(
    '95 % takes 73 checks without a failure to prove: 4 days at 24 a day',
  )
})
