import { expect, test } from 'vitest'
import { sweepMarkdown } from '../../../src/report/sweep-markdown.ts'
import { describedSample, sweepSample } from '../../support/sweep-sample.ts'

const shown = { run: 'a1', synthetic: true, judged: true }

test('levels are rows of a table, with the knee, intervals and what failed', () => {
  const loads = [1, 4, 8, 16, 32].map((concurrency) => ({ concurrency }))
  const text = sweepMarkdown(describedSample(sweepSample({ loads, failing: 50 }), { ttft: 200 }), shown)
  const rows = text.split('\n').filter((line) => line.startsWith('|'))
  expect(rows).toHaveLength(7)
  expect(new Set(rows.map((row) => row.split('|').length))).toEqual(new Set([14]))
  expect(rows[4]).toMatch(/^\| \*\*8\*\* knee \| 60 \| 3\d\.\d\d \|/)
  expect(text).toMatch(/- 4 in flight: 1 failed: rate\\_limited; the first said: Too many requests/)
  expect(text).toContain('A closed loop is blind')
})

test('a name is text in Markdown, and a level without a call has a row too', () => {
  const sweep = sweepSample({ loads: [{ rate: 4 }, { rate: 8 }], models: ['a|b<script>@who `x` [l](u)'] })
  const part = { ...sweep, rows: sweep.rows.filter(({ level }) => level === 0) }
  const text = sweepMarkdown(describedSample(part), { ...shown, judged: false })
  expect(text).toContain(String.raw`synthetic / a\|b&lt;script>&#64;who \`x\` \[l\]\(u\)`)
  expect(text).toContain('- 8 requests/s: 70 calls not made')
  expect(
    new Set(
      text
        .split('\n')
        .filter((line) => line.startsWith('| '))
        .map((line) => line.split(' | ').length),
    ),
  ).toEqual(new Set([11]))
})

test('what a search found is said below the levels', () => {
  const found = ['a / b: goodput>=0.95 holds up to concurrency 2.']
  const text = sweepMarkdown(describedSample(sweepSample({ loads: [{ concurrency: 1 }] })), {
    ...shown,
    found,
  })
  expect(text.split('\n')).toContain('a / b: goodput>=0.95 holds up to concurrency 2.')
})
