import { expect, test } from 'vitest'
import { type Flight, throughputOf } from '../../../src/core/throughput.ts'

const flight = (start: number, end: number, outputTokens: number | null = 100): Flight => ({
  start,
  end,
  success: true,
  outputTokens,
})

test('two lanes of 1 s calls: what is in flight, and what comes out of it', () => {
  // Lane 1: 0-1, 1-2; lane 2: 0.5-1.5. 3 s of calls in 2 s, 3 answers and 300 tokens in 2 s.
  expect(throughputOf([flight(0, 1000), flight(500, 1500), flight(1000, 2000)])).toEqual({
    spanMs: 2000,
    meanInFlight: 1.5,
    mostInFlight: 2,
    answersPerSecond: 1.5,
    tokensPerSecond: 150,
  })
})

test('a failure is in flight and is no answer', () => {
  const failed = { ...flight(0, 2000, null), success: false }
  expect(throughputOf([flight(0, 1000), failed])).toMatchObject({
    meanInFlight: 1.5,
    mostInFlight: 2,
    answersPerSecond: 0.5,
    tokensPerSecond: 50,
  })
  expect(throughputOf([failed])).toMatchObject({ answersPerSecond: 0, tokensPerSecond: 0 })
})

test('what is unknown is null: tokens that were not told, a rate over no time, calls that are not there', () => {
  expect(throughputOf([flight(0, 1000), flight(0, 1000, null)])).toMatchObject({ tokensPerSecond: null })
  expect(throughputOf([flight(5, 5)])).toMatchObject({ answersPerSecond: null, mostInFlight: 1 })
  expect(throughputOf([])).toBeNull()
})
