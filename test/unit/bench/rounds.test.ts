import { expect, test } from 'vitest'
import { figuresOf, goalsOf } from '../../../bench/serving/judge.ts'
import { askAll, type Cost, type Question, type Row } from '../../../bench/serving/measure.ts'
import type { Server } from '../../../bench/serving/servers.ts'

const cost = (more: Partial<Cost> = {}): Cost => ({
  perS: 250,
  ttftP50: null,
  p50: 1,
  p95: 2,
  p99: 4,
  lateP99: 0,
  cpu: 0.1,
  errors: 0,
  ...more,
})
const row = (server: string, more: Partial<Cost> = {}): Row => ({
  what: '/micro/plain',
  server,
  cost: cost(more),
})

test('servers take turns in every round, and a row is the median of its rounds with all their errors', async () => {
  const asked: string[] = []
  const question = (what: string): Question => ({
    what,
    measure: ({ name }) => {
      asked.push(`${name}${what}`)
      const time = asked.length
      return Promise.resolve(cost({ p50: time, cpu: time > 8 ? null : time, errors: time }))
    },
  })
  const servers = ['a', 'b'].map((name) => ({ name }) as Server)
  const rows = await askAll(servers, [question('1'), question('2')], { rounds: 3, say: () => undefined })
  expect(asked.join(' ')).toBe('a1 b1 a2 b2 a1 b1 a2 b2 a1 b1 a2 b2')
  expect(rows.map(({ what, server }) => server + what)).toEqual(['a1', 'b1', 'a2', 'b2'])
  // a1 was asked as 1st, 5th and 9th.
  expect(rows[0]?.cost).toMatchObject({ p50: 5, cpu: 3, errors: 15, ttftP50: null })
})

test('figures are beside those of Express, where both are known', () => {
  const [ours, express, other] = figuresOf([
    row('synthetic', { cpu: 0.05, p50: 0.5 }),
    row('Express'),
    row('Flask', { cpu: null, p99: 40 }),
  ])
  expect(ours).toMatchObject({ 'CPU of Express': 0.5, 'p50 of Express': 0.5, 'p99 of Express': 1 })
  expect(express).toMatchObject({ 'CPU of Express': 1, 'TTFT p50': '-' })
  expect(other).toMatchObject({ 'CPU of Express': '-', 'CPU s of 1,000': '-', 'p99 of Express': 10 })
})

const missed = (rows: Row[], rate: number | null) =>
  goalsOf(rows, rate)
    .filter(({ holds }) => !holds)
    .map(({ name }) => name)

test('goals are missed by what they name', () => {
  expect(missed([row('synthetic'), row('Express')], 250)).toEqual([])
  expect(missed([row('synthetic', { cpu: 0.2 }), row('Express')], 250)).toEqual([
    '/micro/plain: CPU, ours / Express',
  ])
  expect(missed([row('synthetic', { perS: 200 }), row('Express')], 250)).toEqual([
    '/micro/plain: share of the rate',
  ])
  expect(missed([row('synthetic', { perS: 200 }), row('Express', { errors: 1 })], null)).toEqual([
    'requests that failed, all servers',
  ])
})
