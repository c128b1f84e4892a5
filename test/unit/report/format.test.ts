import { expect, test } from 'vitest'
import {
  formatMs,
  formatRate,
  formatTable,
  formatUsd,
  padded,
  printable,
  shortened,
} from '../../../src/report/format.ts'

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

test('columns stay in line whatever is written in them', () => {
  const columns = [
    { title: '模型', align: 'left' },
    { title: 'N', align: 'right' },
  ] as const
  const rows = [
    '通义千问',
    'こんにちは',
    '한국어',
    'e\u0301t\u00e9',
    '🇩🇪 👍🏽',
    '👨‍👩‍👧',
    'ｶﾞ',
    'zero\u200b',
    'plain',
  ]
  expect(
    formatTable(
      columns,
      rows.map((name) => [name, '1']),
    ).split('\n'),
  ).toEqual([
    '模型        N',
    '通义千问    1',
    'こんにちは  1',
    '한국어      1',
    'e\u0301t\u00e9         1',
    '🇩🇪 👍🏽       1',
    '👨‍👩‍👧          1',
    'ｶﾞ          1',
    'zero\u200b        1',
    'plain       1',
  ])
  expect(padded('模型', 6)).toBe('模型  ')
  expect(padded('模型', 6, 'right')).toBe('  模型')
  expect(padded('模型模型', 6)).toBe('模型模型')
})

test('a text is shortened to columns, and never within a character', () => {
  expect(shortened('通义千问', 8)).toBe('通义千问')
  expect(shortened('通义千问', 7)).toBe('通义千…')
  expect(shortened('通义千问', 6)).toBe('通义…')
  expect(shortened('abcdef', 6)).toBe('abcdef')
  expect(shortened('abcdef', 5)).toBe('abcd…')
  expect(shortened('ab👨‍👩‍👧cd', 4)).toBe('ab…')
  expect(shortened('ae\u0301iou', 3)).toBe('ae\u0301…')
  expect(shortened('abc', 0)).toBe('…')
  expect(shortened(`a${'\u200b'.repeat(100_000)}b`, 10).length).toBeLessThan(200)
})

test('untrusted text stays on its line and does not affect the screen', () => {
  expect(printable('a\u001b[2J\u001b]0;title\u0007b\r\nc\u202ed\t\u009be')).toMatch(/^a ?b c d e$/)
  expect(printable('  Modell für Ünïcode 模型  ')).toBe('Modell für Ünïcode 模型')
  expect(printable(`${'\ud83d\ude00'.repeat(5000)}x`)).toBe(`${'\ud83d\ude00'.repeat(5000)}x`)
})

// What looks for the end of each anew takes minutes.
test.each(['\u001b]', '\u001b[', '\u009b', '\u001b]0;', '\u001b', '\u009d'])(
  'a megabyte of %j is soon printable',
  (begun) => {
    const shown = printable(`a${begun.repeat(2 ** 19)}b`)
    expect(shown).not.toMatch(/\p{Cc}/u)
    expect(shown).toMatch(/^a/)
  },
)
