import { expect, test } from 'vitest'
import { makeScript } from '../../../src/synthetic/script.ts'

test('the same seed gives the same answer, another seed another', () => {
  expect(makeScript(7, {})).toEqual(makeScript(7, {}))
  expect(makeScript(7, {})).not.toEqual(makeScript(8, {}))
})

test('by default it is a few hundred words after about 150 ms, about 8 ms apart', () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const { tokens, endMs, headersMs, finish } = makeScript(seed, {})
    const first = tokens[0]?.atMs ?? 0
    expect(tokens.length).toBeGreaterThanOrEqual(200)
    expect(tokens.length).toBeLessThan(300)
    expect(first).toBeGreaterThan(120)
    expect(first).toBeLessThan(180)
    expect(headersMs).toBeLessThan(first)
    expect((endMs - first) / (tokens.length - 1)).toBeCloseTo(8, 0)
    expect(tokens.map(({ atMs }) => atMs)).toEqual(tokens.map(({ atMs }) => atMs).toSorted((a, b) => a - b))
    expect(tokens.every(({ text }) => text !== '')).toBe(true)
    expect(finish).toBe('stop')
  }
})

test('requested timing is kept exactly', () => {
  const { tokens, headersMs, endMs } = makeScript(1, {
    frames: 4,
    delayMs: 5,
    bytes: 64,
    ttftMs: 100,
    headersMs: 20,
  })
  expect(tokens.map(({ atMs }) => atMs)).toEqual([100, 105, 110, 115])
  expect(tokens.map(({ text }) => text.length)).toEqual([64, 64, 64, 64])
  expect({ headersMs, endMs }).toEqual({ headersMs: 20, endMs: 115 })
})

test('the output limit cuts the answer and says so', () => {
  const { tokens, finish } = makeScript(1, { frames: 10, maxTokens: 4, reasoningTokens: 3 })
  expect(tokens.map(({ kind }) => kind)).toEqual(['reasoning', 'reasoning', 'reasoning', 'text'])
  expect(finish).toBe('length')
  expect(makeScript(1, { frames: 10, maxTokens: 10 }).finish).toBe('stop')
})

test('an answer without tokens ends when its first would have been sent', () => {
  expect(makeScript(1, { frames: 0, ttftMs: 30 })).toMatchObject({ tokens: [], endMs: 30 })
})
