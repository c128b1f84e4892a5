import { expect, test } from 'vitest'
import { shapeOf } from '../../../web/ui/spark-shape.ts'
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
    none: 'M0 16h2V20h-2z',
    up: 'M3 0h2V20h-2z',
    failing: 'M6 5h2V20h-2z',
    down: 'M9 0h2V7h-2zM9 10h2V20h-2z',
  })
})
