import { expect, test } from 'vitest'
import { findReadyQuery, readyQueries } from '../../../src/cli/ready-queries.ts'

test('every query has a name and a title', () => {
  const queries = readyQueries()
  expect(queries.length).toBeGreaterThan(20)
  for (const { name, title, text } of queries) {
    expect(name).toMatch(/^[a-z\d-]+$/)
    expect(title).toMatch(/^[A-Z].*\w$/)
    expect(text).toContain('from')
  }
})

test('a query is found with .sql and without', () => {
  expect(findReadyQuery('uptime')).toMatchObject({
    name: 'uptime',
    title: 'Uptime of every target',
  })
  expect(findReadyQuery('latest-results.sql')).toMatchObject({ name: 'latest-results' })
})

test.each([
  ['uptme', 'Did you mean uptime, uptime-by-day?'],
  ['leaderboard', 'Did you mean leaderboard-7d, leaderboard-24h, leaderboard-30d?'],
  ['Latest_Prices', 'latest-prices'],
  ['eror-rate', 'error-rate'],
  ['x', 'no query named x. --list'],
  ['frobnicate', 'no query named frobnicate. --list'],
])('there is none named %s', (name, problem) => {
  expect(findReadyQuery(name)).toEqual({ problem: expect.stringContaining(problem) })
})
