import { expect, test } from 'vitest'
import { progressLines, type SweepProgress } from '../../../src/report/sweep-progress.ts'
import { widthOf } from '../../../src/report/format.ts'

const paint = (_: unknown, text: string) => text
const progress: SweepProgress = {
  level: 2,
  levels: 10,
  load: 'concurrency 8',
  made: 29,
  planned: 58,
  inFlight: 8,
  perS: 12.34,
  ttftP50Ms: 312,
  failed: 3,
  spentUsd: 0.0123,
  maxUsd: 1,
  leftMs: 41_000,
}

test('a wide terminal has a bar and one line of figures', () => {
  expect(progressLines(progress, { columns: 120, paint })).toEqual([
    `level 2 of 10, concurrency 8  ${'█'.repeat(16)}${'░'.repeat(16)}  29 of 58`,
    '12.3/s  8 in flight  TTFT p50 312 ms  3 failed  $0.01 of $1.00  about 41 s left',
  ])
})

test.each([20, 40, 60, 79])('no line is wider than %d columns', (columns) => {
  const lines = progressLines({ ...progress, load: '0.5/s poisson (seed 4294967295)' }, { columns, paint })
  expect(lines.map(widthOf).filter((width) => width > columns)).toEqual([])
  expect(lines.join(' ')).toContain('29 of 58')
  expect(lines.join(' ')).toContain('3 failed')
})

test('what nobody knows is left out or a dash, and colours are only paint', () => {
  const begun = {
    ...progress,
    perS: null,
    ttftP50Ms: null,
    spentUsd: 0,
    maxUsd: null,
    leftMs: null,
    planned: 0,
    made: 0,
  }
  expect(progressLines(begun, { columns: 100, paint })[1]).toBe('-/s  8 in flight  TTFT p50 -  3 failed')
  const marked = progressLines(progress, {
    columns: 100,
    paint: (style, text) => `<${String(style)}>${text}</>`,
  })
  expect(marked[1]).toContain('<red>3 failed</>')
  expect(progressLines({ ...progress, leftMs: 3_600_000 }, { columns: 100, paint })[1]).toContain(
    'about 60 min left',
  )
})
