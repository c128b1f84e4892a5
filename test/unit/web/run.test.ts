import { expect, test } from 'vitest'
import { runSearch } from '../../../web/screens/run/search.ts'
import {
  type Call,
  costOf,
  failedFirst,
  groundOf,
  outcomeOf,
  type RunTarget,
  settingsOf,
  tally,
} from '../../../web/screens/run/view.ts'

const samples = (n: number) => ({
  n,
  min: 138.4,
  mean: 190.9,
  sd: 71.9,
  p50: 166.6,
  p95: 289.2,
  p99: 311.2,
  max: 316.7,
})
const target = (given: Partial<RunTarget>) =>
  ({ n_ok: 1, n_failed: 0, n_skipped: 0, cost_usd: 0, n_cost_unknown: 0, ...given }) as RunTarget
const call = (given: Partial<Call>) =>
  ({ status: 'done', success: null, error_kind: null, skip_reason: null, ...given }) as Call

test('a median says its range, and its p95 only from 59 samples on', () => {
  expect(groundOf(samples(1))).toBe('n 1')
  expect(groundOf(samples(58))).toBe('n 58 · 138–317')
  expect(groundOf(samples(59))).toBe('n 59 · p95 289')
  expect(groundOf(null)).toBe('')
})

test('a cost is unknown if no answer has a price, and says how many have none', () => {
  expect(costOf([target({ n_ok: 5, n_cost_unknown: 5 })])).toEqual({ usd: '–', ground: 'no price is known' })
  expect(costOf([target({ n_ok: 2, cost_usd: 0.5 }), target({ n_cost_unknown: 1 })])).toEqual({
    usd: '$0.5000',
    ground: '1 answer without a price',
  })
  expect(costOf([target({ n_ok: 2, cost_usd: 0 })])).toEqual({ usd: '$0', ground: 'of 2 answers' })
})

test('targets with most failures come first, the rest as they were', () => {
  const targets = [target({ model: 'a' }), target({ model: 'b', n_failed: 1 }), target({ model: 'c' })]
  expect(failedFirst(targets).map(({ model }) => model)).toEqual(['b', 'a', 'c'])
  expect(tally({ rate_limited: 1, timeout_first_token: 3 })).toBe('3 timeout first token, 1 rate limited')
})

test('a call succeeded, failed by its kind, was skipped for a reason, or waits', () => {
  expect(outcomeOf(call({ success: true }))).toMatchObject({ icon: 'up', word: 'succeeded' })
  expect(outcomeOf(call({ success: false, error_kind: 'rate_limited' })).word).toBe('rate limited')
  expect(outcomeOf(call({ status: 'skipped', skip_reason: 'no key' }))).toMatchObject({
    word: 'skipped',
    why: 'no key',
  })
  expect(outcomeOf(call({ status: 'planned' }))).toMatchObject({ icon: 'stale', word: 'planned' })
})

test('settings are told in words, without the texts and what is not set', () => {
  const given = {
    prompt: 'x',
    prompt_hash: 'y',
    seed: null,
    confirm: false,
    max_tokens: 512,
    timeouts: { total: 120_000, idle: 900 },
  }
  expect(settingsOf(given)).toEqual([
    { name: 'confirm', value: 'no' },
    { name: 'max tokens', value: '512' },
    { name: 'timeouts', value: 'idle 900 ms, total 120 s' },
  ])
})

test('the URL keeps a page, texts and all targets alone', () => {
  expect(runSearch({ after: 100, text: true, all: true, other: 1 })).toEqual({
    after: 100,
    text: true,
    all: true,
  })
  expect(runSearch({ after: -1, text: 'yes' })).toEqual({})
})
