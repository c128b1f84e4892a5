import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { judgeTarget } from '../../../src/alerts/judge-target.ts'
import { ago, checksOf, quietTarget } from '../../support/windows.ts'

// How often a target that exactly keeps its objective would be told, if its checks failed each by itself: the expected
// number of times that a count of 24 hours or 7 days comes to what opens an incident. Exact, by the binomial distribution; an upper bound
// of incidents, for one that is open does not open. Checks are every 15 minutes; a window holds whole hours and the one that has begun.

const perHour = 4
const none = { n: 0, bad: 0, since: null }

/** The fewest of n that open an incident, by the function that judges. */
function fewest(period: 'day' | 'week', share: number, n: number): number {
  const opens = (bad: number) =>
    judgeTarget({
      ...quietTarget,
      checks: checksOf('ooooooox'),
      objectives: [
        {
          objective: 'availability',
          share,
          withinMs: null,
          day: none,
          week: none,
          [period]: { n, bad, since: ago(99) },
        },
      ],
    }).length > 0
  let bad = 0
  while (bad <= n && !opens(bad)) bad += 1
  return bad
}

/** P(k of n fail), if each fails with probability p. */
function binomial(n: number, k: number, p: number): number {
  let log = k * Math.log(p) + (n - k) * Math.log1p(-p)
  for (let i = 1; i <= k; i += 1) log += Math.log((n - k + i) / i)
  return Math.exp(log)
}
const sumTo = (last: number, value: (index: number) => number): number =>
  Array.from({ length: last + 1 }, (_, index) => value(index)).reduce((total, each) => total + each, 0)

/** How often a count crosses what opens an incident in 30 days. */
function crossings(period: 'day' | 'week', share: number): number {
  const p = 1 - share
  const whole = perHour * (period === 'day' ? 24 : 168)
  const least = Array.from({ length: perHour + 1 }, (_, more) => fewest(period, share, whole + more))
  const at = (more: number) => least[more] ?? Number.NaN
  // The first check of an hour: the oldest hour has left, and only what stays is in both windows.
  const first = sumTo(whole, (stays) => {
    const now = (stays + 1 >= at(1) ? p : 0) + (stays >= at(1) ? 1 - p : 0)
    const before = sumTo(perHour, (left) => (stays + left < at(perHour) ? binomial(perHour, left, p) : 0))
    return now === 0 ? 0 : binomial(whole, stays, p) * now * before
  })
  // Each further check: one bad fewer would not have done.
  const further = [2, 3, 4].map((more) =>
    at(more) > at(more - 1) ? 0 : p * binomial(whole + more - 1, at(more) - 1, p),
  )
  return 24 * 30 * further.reduce((total, each) => total + each, first)
}

test('docs/objectives.md says how often an objective that is kept would open an incident by chance', () => {
  const page = readFileSync('docs/objectives.md', 'utf8')
  const rows = [...page.matchAll(/^\| ([\d.]+) % \| (\d+) of \d+ \| (\d+) of \d+ \| ([\d.]+) \|$/gm)]
  expect(rows.map(([, percent]) => percent)).toEqual(['95', '99', '99.5', '99.9'])
  for (const [, percent, day, week, said] of rows) {
    const share = Number((Number(percent) / 100).toFixed(6))
    expect([fewest('day', share, 96), fewest('week', share, 672)]).toEqual([Number(day), Number(week)])
    const found = crossings('day', share) + crossings('week', share)
    // As said: two digits.
    expect(Math.abs(found - Number(said)), `${percent} %: ${found}`).toBeLessThan(0.05 * Number(said) + 1e-9)
  }
})
