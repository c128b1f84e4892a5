import { expect, test } from 'vitest'
import type { ErrorKind } from '../../../src/core/outcome.ts'
import { stoodStillFor, withoutStandstill } from '../../../src/probe/standstill.ts'
import { pause, probed, streamHead, delta } from '../../support/loopback.ts'

const exchange = { t0: 100, start: 0, end: 9900 } as Parameters<typeof withoutStandstill>[1]['exchange']
const judged = (kind: ErrorKind, stoodStillMs: number) =>
  withoutStandstill({ kind, error: null }, { exchange, stoodStillMs })?.kind

test.for(['timeout_idle', 'timeout_first_token', 'reset', 'truncated', 'dns', 'tls'] as const)(
  '%s in a call during which this machine stood still is our own',
  (kind) => {
    expect(judged(kind, 8000)).toBe('self')
    expect(judged(kind, 1000)).toBe('self')
    // A tenth of the call of 10 s.
    expect(judged(kind, 999)).toBe(kind)
  },
)

test.for(['rate_limited', 'auth', 'server_error', 'error_in_stream', 'content_filter'] as const)(
  '%s is what the provider said, however long this machine stood still',
  (kind) => {
    expect(judged(kind, 60_000)).toBe(kind)
  },
)

test('a call that succeeded stays one', () => {
  expect(withoutStandstill(null, { exchange, stoodStillMs: 8000 })).toBeNull()
})

test('a machine that slept is told by its wall clock', () => {
  const clock = { now: () => 2000, date: () => new Date(30_000) }
  const lag = { stoodStill: () => 0 }
  const startedAt = new Date(1000)
  expect(stoodStillFor({ parts: { clock, lag }, startedAt, decided: 1000 })).toBe(28_000)
})

test('the block of our own loop while an answer breaks off makes the failure ours, and says so', async () => {
  const seen = await probed(async (socket) => {
    socket.write(streamHead + delta({ content: 'hello' }))
    await pause(20)
    const until = performance.now() + 1300
    while (performance.now() < until);
    socket.destroy()
  })
  expect(seen).toMatchObject({ errorKind: 'self', faultDomain: 'self', errorCode: 'STANDSTILL' })
  expect(seen.errorMessage).toMatch(
    /the call was disturbed \(HTTP 200\): this machine stood still for 1\.\d s\. Keep/,
  )
})
