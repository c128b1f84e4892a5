import { expect, test } from 'vitest'
import { parseThresholds, usualThresholds } from '../../../src/lab/thresholds.ts'
import { compareSweeps, type ComparableSweep } from '../../../src/report/compare-sweeps.ts'
import { comparisonDocument, comparisonMarkdown, comparisonText } from '../../../src/report/comparison.ts'
import { comparisonPage } from '../../../src/report/comparison-html.ts'
import { poissonLevel, queuedRows, queuedSweep, recordedSweep } from '../../support/sweep-rows.ts'

function compared(a: ComparableSweep, b: ComparableSweep, over?: string) {
  const parsed = over === undefined ? { thresholds: usualThresholds } : parseThresholds(over)
  if ('problem' in parsed) throw new Error(parsed.problem)
  const found = compareSweeps(a, b, { ...parsed, objectives: { latency: 600 } })
  if ('problem' in found) throw new Error(found.problem)
  return found
}
const plain = (_: unknown, text: string) => text

const names = { provider: '<img src=x>', model: 'a|b *c* `d` [e](http://f)' }
const level = { ...poissonLevel(11, 60), ...names, contextTokens: 5000 }
const quick = poissonLevel(5, 60)
const before = recordedSweep([level, quick], [...queuedRows(level), ...queuedRows(quick, {}, 1)])
const after = recordedSweep([level], queuedRows(level, { serviceMs: 400 }))
const worse = compared(before, after, 'ttft_p50=10%,rps=12.5%')

test('a worse sweep says which metric at which level, before and after, how much and what was allowed', () => {
  const text = comparisonText(worse, plain)
  expect(text).toMatch(/\nWorse: ttft_p50 \(\+[\d.]+ %\)\.$/)
  expect(text).toMatch(/^before {2}run \S+, 2026-11-29 00:00 UTC\nafter {3}run /)
  expect(text).toContain(', context 5000, 11/s poisson (seed 7): 60 requests of the same arrivals, in pairs')
  expect(text).toMatch(/METRIC +N +BEFORE +AFTER +CHANGE \[95 %\] +ALLOWED +VERDICT\n/)
  expect(text).toMatch(
    /\nttft_p50 +60 +\d+ ms +[\d.]+ m?s +\+[\d.]+ % \[\+[\d.]+\.\.\+[\d.]+\] +\+10 % +worse\n/,
  )
  expect(text).toMatch(/\nttft_p95 .* \(\+5 %\) +cannot say: needs about 140 more\n/)
  expect(text).toMatch(/\nrps .*\/s .* -12\.5 % +/)
  expect(text).toMatch(/\nerrors +60 +0\.0 % +0\.0 % +0\.0 points \[-\d.*\] +\+1 point +cannot say/)
  expect(text).toMatch(/\ngoodput .* \(-5 points\) +/)
  expect(text).toContain('! left out: a / m, 5/s poisson (seed 7): the second run does not have it\n')
  expect(text).toContain('What is allowed in parentheses decides nothing: it is shown only.')
  expect(text).toContain('Goodput: latency at most 600 ms.')
})

test('sweeps that are alike are not worse, or it cannot be said of what', () => {
  const twins = queuedSweep({}, poissonLevel(11, 400))
  expect(comparisonText(compared(twins, twins, 'ttft_p50=10%,errors=5%'), plain)).toMatch(/\nNot worse\.$/)
  const few = queuedSweep({}, poissonLevel(11, 15))
  expect(comparisonText(compared(few, few, 'ttft_p50=10%,errors=100%'), plain)).toMatch(
    /\nNot found to be worse\. It cannot be said of ttft_p50 \(needs about 5 more requests\)\.$/,
  )
  const levels = [level, quick]
  const both = recordedSweep(levels, before.rows)
  expect(comparisonText(compared(both, both, 'ttft_p95=5%'), plain)).toContain(
    'ttft_p95 at 11/s poisson (seed 7) (needs about 140 more requests); errors at 11/s',
  )
  const all = comparisonText(compared(few, few), plain)
  expect(all).toMatch(/; and \d+ more\.$/)
})

test('Markdown has a table a level, shows names as they are, and what is worse in bold', () => {
  const text = comparisonMarkdown(worse)
  expect(text).toMatch(/^### Worse: ttft_p50 \(/)
  expect(text).toContain(String.raw`#### \<img src=x\> / a\|b \*c\* \`d\` \[e\](http://f), context 5000`)
  expect(text).toMatch(
    /\n\| metric \| n \| .* \| verdict \|\n\| --- \| ---: \| .*---: \| --- \|\n\| ttft_p50 \| 60 \|/,
  )
  expect(text).toMatch(/\| \+10 % \| \*\*worse\*\* \|/)
  expect(text).toContain('**Note:** left out: a / m')
})

test('the page needs neither network nor script, and escapes names', () => {
  const page = comparisonPage(worse)
  expect(page).toMatch(/^<!doctype html>\s+<html lang="en">/)
  expect(page).toContain('&lt;img src=x&gt; / a|b')
  expect(page).not.toMatch(/<img|<script|<link|@import|url\(|src=(?!x)/)
  expect(page).toMatch(/<td class="verdict worse">worse<\/td>/)
  expect(page.match(/<svg /g)).toHaveLength(11)
  expect(page).not.toMatch(/NaN|undefined|null|Infinity/)
  expect(page.length).toBeLessThan(30_000)
})

test('a metric that a run lacks is said, and has no bar', () => {
  const failed = compared(queuedSweep(), queuedSweep({ failing: 1 }))
  expect(comparisonText(failed, plain)).toMatch(/\nttft_p50 +0 +- +- +- +\+5 % +cannot say: a run has none\n/)
  expect(comparisonPage(failed)).not.toMatch(/NaN|undefined|null|Infinity/)
  expect(JSON.stringify(comparisonDocument(failed))).toContain('"metric":"ttft_p50","n":0,"before":null')
})

test('runs from several regions are compared, with a warning', () => {
  const far = { ...after, run: { ...after.run, region: 'far' } }
  expect(comparisonText(compared(before, far), plain)).toContain(
    '! the first run was made from local, the second from far',
  )
})

test('the document has the names of the database', () => {
  const document = comparisonDocument(worse)
  expect(document).toMatchObject({
    before: { id: before.run.id },
    verdict: 'worse',
    objectives: { latency: 600 },
    left_out: [{ of: 'after', why: 'missing' }],
  })
  expect(document['levels']).toMatchObject([
    {
      paired: true,
      level: { context_tokens: 5000, load: { rate: 11 } },
      metrics: [
        { metric: 'ttft_p50', over: 0.1, verdict: 'worse', gates: true },
        {},
        {},
        {},
        {},
        {},
        {},
        {},
        {},
        {},
        {},
      ],
    },
  ])
})
