import { expect, test } from 'vitest'
import {
  aimOf,
  burnOf,
  formOf,
  isOverspent,
  leftOf,
  type Objective,
  problemOf,
  sloFields,
  type SloForm,
  sloOf,
  spentOf,
  unprovenOf,
} from '../../../web/screens/target/slo.ts'

const row: Objective = {
  target_id: 't',
  provider: 'openai',
  model: 'm',
  parameters: {},
  region: 'fra1',
  objective: 'availability',
  share: 0.999,
  within_ms: null,
  days: 30,
  n: 2880,
  bad: 2,
  good_percent: 99.93,
  budget: 2.88,
  budget_left: 1 - 2 / 2.88,
  n_24h: 96,
  bad_24h: 1,
  burn_24h: 10.416_667,
  n_7d: 672,
  bad_7d: 2,
  burn_7d: 2.976,
  proven: 0.9975,
  provable: 0.998_667_9,
  n_needed: 3838,
}

test('an objective is said with the digits that it has', () => {
  expect(aimOf(row)).toBe('99.9 % available')
  expect(aimOf({ ...row, objective: 'ttft', share: 0.95, within_ms: 800 })).toBe('95 % TTFT within 800 ms')
  expect(aimOf({ ...row, objective: 'latency', share: 0.57, within_ms: 5000 })).toBe(
    '57 % latency within 5.00 s',
  )
})

test('what is left is rounded down, and may be less than nothing', () => {
  expect(leftOf(row)).toEqual({ value: '30', unit: '%' })
  expect(spentOf(row)).toBe('2 of 2.88')
  expect(isOverspent(row)).toBe(false)
  const over = { ...row, bad: 3, budget_left: 1 - 3 / 2.88 }
  // 4.2 % more than there was.
  expect(leftOf(over)).toEqual({ value: '−5', unit: '%' })
  expect(spentOf(over)).toBe('overspent: 3 of 2.88')
  const none = { ...row, n: 0, bad: 0, budget: 0, budget_left: null, burn_24h: null, provable: null }
  expect([leftOf(none).value, spentOf(none), burnOf(none.burn_24h).value]).toEqual([
    '–',
    'nothing counted yet',
    '–',
  ])
  expect(unprovenOf(none)).toBeNull()
  // 1 - 0.9 is a little more than 0.1 in binary.
  expect(leftOf({ ...row, budget_left: 1 - 0.9 }).value).toBe('10')
})

test('a burn is rounded down', () => {
  expect([10.416_667, 2.976, 0, 3].map((burn) => burnOf(burn).value)).toEqual([
    '10.4×',
    '2.9×',
    '0.0×',
    '3.0×',
  ])
})

test('what so few cannot prove is said, and never rounded up', () => {
  expect(unprovenOf(row)).toBe(
    '99.9 % available cannot be proven yet: 2,880 checks without a failure prove 99.866 % at most, with 95 % confidence. It takes 3,838.',
  )
  expect(unprovenOf({ ...row, objective: 'ttft', within_ms: 800 })).toContain(
    '99.9 % TTFT within 800 ms cannot be proven yet: 2,880 samples, all in time, prove',
  )
  expect(unprovenOf({ ...row, share: 0.99 })).toBeNull()
})

const empty: SloForm = { availability: '', ttftMs: '', ttft: '', latencyMs: '', latency: '', days: '' }
const problems = (form: Partial<SloForm>) =>
  Object.fromEntries(
    sloFields.flatMap((field) => {
      const problem = problemOf({ ...empty, ...form }, field)
      return problem === null ? [] : [[field.name, problem]]
    }),
  )

test('the form reads what is set, and gives it back', () => {
  const slo = { days: 7, availability: 0.999, latency: { within_ms: 5000, share: 0.57 } }
  const form = formOf(slo)
  expect(form).toEqual({ ...empty, days: '7', availability: '99.9', latencyMs: '5000', latency: '57' })
  expect(problems(form)).toEqual({})
  expect(sloOf(form)).toEqual({ ...slo, ttft: null })
  expect(formOf(null)).toEqual(empty)
  expect(sloOf(empty)).toEqual({ days: null, availability: null, ttft: null, latency: null })
})

test('a field says what is wrong with it', () => {
  expect(problems({})).toEqual({})
  expect(problems({ availability: '100', days: '6' })).toEqual({
    availability: 'Above 50 and below 100',
    days: 'A whole number, 7 to 90',
  })
  expect(problems({ availability: 'much', ttftMs: '0.5', ttft: '95' })).toEqual({
    availability: 'Above 50 and below 100',
    ttftMs: 'A whole number of ms, 1 to 3,600,000',
  })
  expect(problems({ ttftMs: '800' })).toEqual({ ttft: 'Is needed, too' })
  expect(problems({ latency: '95' })).toEqual({ latencyMs: 'Is needed, too' })
})
