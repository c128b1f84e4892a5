import { expect, test } from 'vitest'
import { clientLimits, type SenderLoad } from '../../../src/lab/client-limits.ts'

const calm: SenderLoad = {
  lateness: Array.from({ length: 200 }, () => 1),
  slotsRanOut: false,
  ttftP50Ms: 200,
  cpuShare: 0.4,
  untrustedShare: 0,
  offeredRate: 20,
  achievedRate: 20,
  isInterrupted: false,
}

test.each([
  { name: 'nothing is wrong', more: {}, limits: [] },
  {
    name: 'a closed loop is busy',
    more: { lateness: null, cpuShare: 0.9 },
    limits: ['cpu'],
  },
  { name: 'requests are late', more: { lateness: Array(200).fill(6) }, limits: ['late'] },
  {
    name: 'lateness is below 2 % of TTFT',
    more: { lateness: Array(200).fill(6), ttftP50Ms: 400 },
    limits: [],
  },
  {
    name: 'lateness grows',
    more: { lateness: Array.from({ length: 200 }, (_, index) => index) },
    limits: ['late', 'falling_behind'],
  },
  { name: 'slots ran out', more: { lateness: Array(200).fill(600), slotsRanOut: true }, limits: ['slots'] },
  { name: 'slots just sufficed', more: { slotsRanOut: true }, limits: [] },
  { name: 'many results are untrusted', more: { untrustedShare: 0.06 }, limits: ['untrusted'] },
  { name: 'fewer requests are sent than offered', more: { achievedRate: 19.5 }, limits: ['rate'] },
  {
    name: 'another worker took it over',
    more: { lateness: null, isInterrupted: true },
    limits: ['interrupted'],
  },
])('if $name, the limits are $limits', ({ more, limits }) => {
  expect(clientLimits({ ...calm, ...more })).toEqual(limits)
})
