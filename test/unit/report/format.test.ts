import { expect, test } from 'vitest'
import { formatMs, formatRate, formatTable, formatUsd, printable } from '../../../src/report/format.ts'

test('durations, rates and dollars are readable, and unknown values are marked', () => {
  expect([0.04, 9.96, 412.4, 999.4, 1240, null].map(formatMs)).toEqual([
    '0.0 ms',
    '10.0 ms',
    '412 ms',
    '999 ms',
    '1.24 s',
    '-',
  ])
  expect([30.54, 702.3, null].map(formatRate)).toEqual(['30.5', '702', '-'])
  expect([0.0001434, 0.0000376, 0.5, 12, 0, null].map(formatUsd)).toEqual([
    '$0.000143',
    '$0.0000376',
    '$0.50',
    '$12.00',
    '$0',
    'unknown',
  ])
})

test('a table has columns as wide as their widest cell', () => {
  const columns = [
    { title: 'NAME', align: 'left' },
    { title: 'N', align: 'right' },
  ] as const
  expect(
    formatTable(columns, [
      ['a', '1'],
      ['longer', '100'],
    ]),
  ).toBe(['NAME      N', 'a         1', 'longer  100'].join('\n'))
})

test('untrusted text stays on its line and does not affect the screen', () => {
  expect(printable('a\u001b[2J\u001b]0;title\u0007b\r\nc\u202ed\t\u009be')).toMatch(/^a ?b c d e$/)
  expect(printable('  Modell für Ünïcode 模型  ')).toBe('Modell für Ünïcode 模型')
})
