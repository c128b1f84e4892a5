import { expect, test } from 'vitest'
import { judgeTiming } from '../../../src/core/quality.ts'

const calm = {
  lagMaxMs: 1,
  lagP99Ms: 0.5,
  lagFirstTokenMs: 0.2,
  ttftMs: 200,
  contentEncoding: null,
  burst: false,
}

test('a calm event loop is trusted', () => {
  expect(judgeTiming(calm)).toEqual({ quality: 'ok', reasons: [] })
})

test('a late event loop degrades the timing, unless the lag is small against TTFT', () => {
  expect(judgeTiming({ ...calm, lagMaxMs: 12.34 })).toEqual({
    quality: 'degraded',
    reasons: ['event loop up to 12.3 ms late'],
  })
  expect(judgeTiming({ ...calm, lagMaxMs: 12, ttftMs: 1000 }).quality).toBe('ok')
})

test('a lag at the first token of over a tenth of TTFT makes it untrusted', () => {
  expect(judgeTiming({ ...calm, lagMaxMs: 25, lagFirstTokenMs: 25 }).quality).toBe('untrusted')
})

test('a lag of over 1 ms at the first token degrades the timing, however long TTFT is', () => {
  expect(judgeTiming({ ...calm, lagFirstTokenMs: 1.26, ttftMs: 2000 })).toEqual({
    quality: 'degraded',
    reasons: ['event loop 1.3 ms late at the first token'],
  })
  expect(judgeTiming({ ...calm, lagFirstTokenMs: 0.9 }).quality).toBe('ok')
})

test('a loop that was not monitored is not trusted blindly', () => {
  expect(judgeTiming({ ...calm, lagMaxMs: null })).toEqual({
    quality: 'degraded',
    reasons: ['event loop not observed'],
  })
})

test('a compressed stream is untrusted', () => {
  expect(judgeTiming({ ...calm, contentEncoding: 'gzip' })).toEqual({
    quality: 'untrusted',
    reasons: ['content-encoding gzip'],
  })
})

test('a loop that is late again and again degrades the timing, however long TTFT is', () => {
  expect(judgeTiming({ ...calm, lagMaxMs: 30, lagP99Ms: 12.34, ttftMs: 2000 })).toEqual({
    quality: 'degraded',
    reasons: ['event loop over 12.3 ms late for 1 % of the time'],
  })
  expect(judgeTiming({ ...calm, lagMaxMs: 30, lagP99Ms: 1, ttftMs: 2000 }).quality).toBe('ok')
})

test('a burst is a reason beside others, but its stamps are right', () => {
  const unseen = 'all tokens came in a burst: no decoding was seen'
  expect(judgeTiming({ ...calm, burst: true })).toEqual({ quality: 'ok', reasons: [unseen] })
  expect(judgeTiming({ ...calm, contentEncoding: 'gzip', burst: true })).toEqual({
    quality: 'untrusted',
    reasons: ['content-encoding gzip', unseen],
  })
})
