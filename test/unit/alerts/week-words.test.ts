import { expect, test } from 'vitest'
import { plainLines, weekText } from '../../../src/alerts/week-words.ts'
import type { Week } from '../../../src/core/week.ts'
import { badWeek, changeLike, weekLike } from '../../support/weeks.ts'

/** All that is said of a week, the title first. */
const said = (week: Week) => [weekText(week).title, ...plainLines(weekText(week)).split('\n')]

test('of a quiet week little is said', () => {
  expect(said(weekLike())).toEqual([
    '2026-W48, 23 to 29 November: no incident, uptime 100 %',
    'Uptime: 100 % of 4,704 checks, none failed.',
    'Spent: $9.61 (the week before $9.40). November: $38.20 of $50.00, $39.57 by its end at this pace.',
    'Nothing else changed.',
  ])
})

test('of a bad week everything is said, the worst first, in ten lines', () => {
  expect(said(badWeek)).toEqual([
    // 4673 of 4704 are 99.341 %, 648 of 672 96.4286 %.
    '2026-W48, 23 to 29 November: 3 incidents, uptime 99.34 %',
    'Incidents: 3 opened, 1 not over, something was down for 2 h 14 min. The worst: gpt-5 at openai was down for 1 h 50 min.',
    'Look at: k3 at kimi from fra1 refuses our calls; no messages go to slack-ops; 2 messages could not be sent; ' +
      '14 scheduled runs did not happen; 1 file of results waits for the database.',
    'Uptime: 99.34 % of 4,704 checks, 31 failed. Lowest: gpt-5 at openai, 96.42 % (24 of 672 failed). No data of llama-4 at groq.',
    'Slower: gpt-5 at openai, TTFT 520 ms, was 410 ms (+27 %, 95 %: +20 to +33).',
    'Faster: gpt-5-mini at openai, TTFT 410 ms, was 520 ms (-21 %, 95 %: -26 to -15).',
    'Leaving: llama-4 at groq is not listed any more; gpt-4 at openai will be shut down on 2026-12-10.',
    'Price: gpt-5 at openai, input $1.00, was $1.25, per million tokens.',
    'New: gpt-6 at openai, gpt-6-mini at openai, glm-6 at zai and 2 more.',
    'Spent: $14.00 (the week before $9.40). November: $49.00 of $50.00, $51.00 by its end at this pace, which is over the budget. ' +
      'What 12 answers cost is unknown.',
  ])
})

test('of a week without data nothing is said to be good', () => {
  const silent = [
    { provider: 'openai', model: 'gpt-5' },
    { provider: 'groq', model: 'llama-4' },
  ]
  const nothing = { usd: 0, before_usd: 0, month_usd: 0, projected_usd: 0, limit_usd: null }
  const { spent, speed, attention } = weekLike()
  const week = weekLike({
    uptime: { n_checks: 0, n_failed: 0, n_silent: 2, silent, worst: [] },
    speed: { ...speed, n_compared: 0 },
    spent: { ...spent, ...nothing },
    attention: { ...attention, n_missed: 672, n_unkept: null },
  })
  expect(said(week)).toEqual([
    '2026-W48, 23 to 29 November: no incident, no data',
    'Look at: 672 scheduled runs did not happen.',
    'Uptime: no data, nothing was checked.',
  ])
})

test('what cannot be compared is not said to be unchanged', () => {
  const { speed, spent, uptime } = weekLike()
  const week = weekLike({
    speed: { ...speed, n_compared: 0 },
    spent: { ...spent, limit_usd: null, projected_usd: null },
    uptime: { ...uptime, n_checks: 40, n_failed: 1 },
  })
  expect(said(week)).toEqual([
    '2026-W48, 23 to 29 November: no incident, uptime 97.5 %',
    'Uptime: 97.5 % of 40 checks, 1 failed.',
    'Speed: too few samples to compare with the four weeks before.',
    'Spent: $9.61 (the week before $9.40). November: $38.20.',
    'Nothing else changed.',
  ])
})

test('forty changes are ten lines, which count what is left out', () => {
  const slower = Array.from({ length: 10 }, (_, index) => changeLike(`m-${index}`))
  const faster = Array.from({ length: 8 }, (_, index) => changeLike(`f-${index}`, { change: -0.3 }))
  const [price] = badWeek.models.prices
  const prices = Array.from({ length: 10 }, (_, index) => ({ ...price!, model: `p-${index}` }))
  const week = weekLike({
    speed: { n_compared: 50, n_slower: 12, slower, n_faster: 8, faster },
    models: { ...weekLike().models, n_prices: 20, prices },
  })
  const lines = said(week)
  expect(lines).toHaveLength(10)
  // Uptime, spending and a line of each kind leave four to what is worst.
  expect(lines.map((line) => line.replace(/,.*\)\./, ''))).toEqual([
    '2026-W48, 23 to 29 November: no incident, uptime 100 %',
    'Uptime: 100 % of 4,704 checks, none failed.',
    'Slower: m-0 at openai',
    'Slower: m-1 at openai',
    'Slower: m-2 at openai',
    'Slower: m-3 at openai',
    'Slower: m-4 at openai And 7 more.',
    'Faster: f-0 at openai And 7 more.',
    'Price: p-0 at openai, input $1.00, was $1.25, per million tokens. And 19 more.',
    'Spent: $9.61 (the week before $9.40). November: $38.20 of $50.00, $39.57 by its end at this pace.',
  ])
})

test('a week over the end of a month, one that is not over, and synthetic targets are called so', () => {
  const over = { week: '2026-W49', since: '2026-11-30T00:00:00+00:00', until: '2026-12-07T00:00:00+00:00' }
  expect(said(weekLike(over))[0]).toBe('2026-W49, 30 November to 6 December: no incident, uptime 100 %')
  expect(said(weekLike({ ...over, is_over: false, synthetic: true }))[0]).toBe(
    '2026-W49, from 30 November until now, synthetic targets alone: no incident, uptime 100 %',
  )
})

test('an incident that is not over says so', () => {
  const worst = { ...badWeek.incidents.worst!, resolved_at: null }
  const week = weekLike({ incidents: { opened: 0, open: 1, down_s: 0, worst } })
  expect(said(week)[1]).toBe(
    'Incidents: none new, 1 not over. The worst: gpt-5 at openai is down, for 1 h 50 min.',
  )
})

test.each([
  [1.25, 1.5, '$1.50, was $1.25'],
  [0.075, 0.07, '$0.07, was $0.075'],
  [0, 1000, '$1,000.00, was $0.00'],
])('prices have all their digits: from %d to %d', (before, now, shown) => {
  const [price] = badWeek.models.prices
  const prices = [{ ...price!, input_before: before, input_now: now }]
  const week = weekLike({ models: { ...weekLike().models, n_prices: 1, prices } })
  expect(said(week)).toContain(`Price: gpt-5 at openai, input ${shown}, per million tokens.`)
})

test('names that others choose make no lines, and none too long', () => {
  const evil = `<!channel> @everyone\n# **x**\u202e${'y'.repeat(500)}`
  const renamed = JSON.parse(
    JSON.stringify(badWeek).replaceAll(/"(?:gpt|glm|llama|k3)[^"]*"/g, JSON.stringify(evil)),
  )
  const lines = said(renamed as Week)
  expect(lines).toHaveLength(10)
  expect(lines.filter((line) => !/^(2026-W48,|[A-Z][a-z]+( at)?:) /.test(line))).toEqual([])
  expect(lines.filter((line) => /[\n\u202e]/.test(line) || line.length > 220)).toEqual([])
})
