import { expect, test } from 'vitest'
import { atMost } from '../../../bench/goals.ts'
import { page } from '../../../bench/serving/page.ts'

test('the page holds everything in itself, without a script, and nothing of it is markup', () => {
  const html = page({
    name: 'costs of <this> & "that"',
    notes: ['so <b>it</b> was measured'],
    figures: [
      { what: '/micro/plain?bytes=1&chunks=2', server: 'Express', p50: 1.5 },
      { what: 'a pause', server: 'arithmetic', p99: '-' },
    ],
    goals: [atMost('a goal', 1, 2)],
  })
  expect(html).toContain('<title>costs of &lt;this&gt; &amp; &quot;that&quot;</title>')
  expect(html).toContain('so &lt;b&gt;it&lt;/b&gt; was measured')
  expect(html).toContain('/micro/plain?bytes=1&amp;chunks=2')
  expect(html).toContain('<td class="number">1.5</td>')
  expect(html).toContain('<td class="number missed">2</td>')
  // What a row does not have is shown as unknown.
  expect(html).toContain('<td>arithmetic</td><td class="number">-</td><td class="number">-</td>')
  expect(html).not.toMatch(/<script|<link|https?:|url\(|@import/)
  expect(html).toContain('color-scheme: light dark')
})
