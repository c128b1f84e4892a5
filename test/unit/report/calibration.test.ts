import { expect, test } from 'vitest'
import type { RecordedCalibration } from '../../../src/core/calibration.ts'
import { calibrationHeading, calibrationTable, clockErrorLine } from '../../../src/report/calibration.ts'

const now = new Date('2026-11-21T12:00:00Z')

const calibration = (more: Partial<RecordedCalibration> = {}): RecordedCalibration => ({
  id: '00000000-0000-4000-8000-000000000001',
  createdAt: new Date('2026-11-18T11:00:00Z'),
  host: 'here',
  nodeVersion: 'v24.1.0',
  concurrency: 1,
  streams: 300,
  chunks: 3000,
  threads: 0,
  ttftP50Ms: 0.02,
  ttftP95Ms: 0.041,
  ttftP99Ms: 0.1,
  chunkP50Ms: 0.03,
  chunkP95Ms: 0.06,
  chunkP99Ms: 0.124,
  ...more,
})

test('a run shows the error at the concurrency nearest to its own', () => {
  const all = [calibration({ concurrency: 64, ttftP95Ms: 9 }), calibration()]
  expect(clockErrorLine(all, { now, verbose: false, streams: 1 })).toBe(
    'clock error on this machine: TTFT p95 0.04 ms, chunks p99 0.12 ms at 1 stream (calibrated 3 days ago)',
  )
})

test.for([
  [1, ' at 1 stream ('],
  [2, ' at 8 streams ('],
  [8, ' at 8 streams ('],
  [20, ' at 8 streams ('],
] as const)('a run with %i streams at once shows the level that holds for it', ([streams, said]) => {
  const all = [calibration({ concurrency: 8 }), calibration()]
  expect(clockErrorLine(all, { now, verbose: false, streams })).toContain(said)
})

test('a calibration with only many streams says so', () => {
  expect(clockErrorLine([calibration({ concurrency: 8 })], { now, verbose: false, streams: 1 })).toContain(
    ' at 8 streams (',
  )
})

test.each([
  ['2026-11-21T11:59:30Z', 'just now'],
  ['2026-11-21T12:00:05Z', 'just now'],
  ['2026-11-21T11:59:00Z', '1 minute ago'],
  ['2026-11-21T10:30:00Z', '1 hour ago'],
  ['2026-11-20T12:00:01Z', '23 hours ago'],
  ['2026-10-22T12:00:00Z', '30 days ago'],
])('of %s it was calibrated %s', (at, ago) => {
  expect(
    clockErrorLine([calibration({ createdAt: new Date(at) })], { now, verbose: false, streams: 1 }),
  ).toContain(`(calibrated ${ago})`)
})

test('without a calibration only --verbose says how to get one', () => {
  expect(clockErrorLine([], { now, verbose: false, streams: 1 })).toBeNull()
  expect(clockErrorLine([], { now, verbose: true, streams: 1 })).toBe(
    'not calibrated here: pnpm tsx scripts/calibrate.ts',
  )
})

test('the table has a row per level and marks percentiles of too small a sample', () => {
  const rows = [
    calibration(),
    calibration({ concurrency: 64, threads: 1, streams: 40, chunks: 200, chunkP50Ms: 12.345 }),
    calibration({ concurrency: 256, threads: 7 }),
  ]
  expect(calibrationTable(rows)).toBe(
    [
      'STREAMS AT ONCE  TTFT p50    p95    p99    n  CHUNK p50   p95    p99     n  MEASURED IN',
      '              1      0.02   0.04   0.10  300       0.03  0.06   0.12  3000  the main thread',
      '             64      0.02  ~0.04  ~0.10   40      12.35  0.06  ~0.12   200  1 thread',
      '            256      0.02   0.04   0.10  300       0.03  0.06   0.12  3000  7 threads',
    ].join('\n'),
  )
})

test('the heading says which machine, and no host name moves the cursor', () => {
  expect(calibrationHeading({ host: 'a\u001b[2Jb', nodeVersion: 'v24.1.0', cores: 2 })).toBe(
    "clock error in ms on ab, Node v24.1.0, 2 cores: from the server's write to our stamp",
  )
})
