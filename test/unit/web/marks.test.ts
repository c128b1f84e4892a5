import { expect, test } from 'vitest'
import { gapShares } from '../../../web/ui/gap-slots.ts'
import { shapeOf, stripesOf } from '../../../web/ui/spark-shape.ts'
import { kindOf, pathsOf } from '../../../web/ui/uptime-days.ts'

test('a line is broken where nothing was measured, and a lone value is a dot', () => {
  const { line, dots, last } = shapeOf([10, 20, null, 20, null, null, 5, 10])
  expect(line.match(/M/g)).toHaveLength(2)
  expect(line.match(/L/g)).toHaveLength(2)
  expect(dots.match(/M/g)).toHaveLength(1)
  expect(last?.[0]).toBe(90)
  expect(shapeOf([null, null])).toEqual({ line: '', dots: '', last: null })
})

test('the largest value is at the top and 0 is at the foot', () => {
  const { line } = shapeOf([0, 40])
  expect(line).toBe('M24 19L72 2')
})

test('a day without checks is neither up nor down', () => {
  expect([kindOf(0, 0), kindOf(96, 0), kindOf(96, 4), kindOf(96, 5), kindOf(100, 5)]).toEqual([
    'none',
    'up',
    'failing',
    'down',
    'down',
  ])
  const paths = pathsOf([0, 96, 96, 96], [0, 0, 1, 90])
  expect(paths).toEqual({
    gap: '',
    none: 'M0 16h2V20h-2z',
    up: 'M3 0h2V20h-2z',
    failing: 'M6 5h2V20h-2z',
    down: 'M9 0h2V7h-2zM9 10h2V20h-2z',
  })
})

test('hours in which we did not measure are striped from the top, and a day without any is striped whole', () => {
  // 0, 6, 12 and 24 of 24 hours; one hour is too short to be seen.
  const paths = pathsOf([96, 72, 48, 0, 92], [0, 1, 40, 0, 0], [0, 0.25, 0.5, 1, 1 / 24])
  expect(paths.none).toBe('')
  expect(paths.up).toBe('M0 0h2V20h-2zM12 0h2V20h-2z')
  expect(paths.failing).toBe('M3 5h2V20h-2z')
  expect(paths.down).toBe('M6 10h2V20h-2z')
  const stripes = (x: number) => paths.gap.split('z').filter((box) => box.startsWith(`M${x} `)).length
  expect([0, 3, 6, 9, 12].map(stripes)).toEqual([0, 2, 4, 10, 0])
})

const gap = (since: string, until: string, n: number) => ({
  schedule: 'benchmark',
  since: `2026-11-${since}:00Z`,
  until: `2026-11-${until}:00Z`,
  n_slots: n,
})
const threeDays = { t0: '2026-11-10T00:00:00Z', step_s: 86_400, n: 3 }

test('a gap lasts until its last missed slot is over, and is cut at the days that are shown', () => {
  // Hourly from 18:00 to 05:00, which is over at 06:00; one that began before; one of a single slot.
  const gaps = [
    gap('10T18:00', '11T05:00', 12),
    gap('09T00:00', '10T02:00', 27),
    gap('12T23:45', '12T23:45', 1),
  ]
  expect(gapShares(gaps, threeDays, 1)).toEqual([9 / 24, 6 / 24, 1 / 96])
  expect(gapShares(gaps, { t0: '2026-11-11T04:00:00Z', step_s: 3600, n: 4 }, 1)).toEqual([1, 1, 0, 0])
})

test('what one schedule missed while another kept its time is no gap', () => {
  const both = [gap('11T00:00', '11T11:00', 12), { ...gap('11T06:00', '11T17:00', 12), schedule: 'nightly' }]
  expect(gapShares(both, threeDays, 2)).toEqual([0, 6 / 24, 0])
  expect(gapShares(both, threeDays, 1)).toEqual([0, 18 / 24, 0])
  expect(gapShares([], threeDays, 0)).toEqual([0, 0, 0])
})

test('stripes of a line stand over the slots of which most was not measured', () => {
  expect(stripesOf([0, 0.4])).toBe('')
  const stripes = stripesOf([0, 1, 0, 0])
  expect(new Set(stripes.match(/M[\d.]+ /g))).toEqual(new Set(['M24 ']))
  expect(new Set(stripes.match(/h[\d.]+/g))).toEqual(new Set(['h24']))
})
