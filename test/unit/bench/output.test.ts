import { expect, test } from 'vitest'
import { fromSent, parseVegeta, parseWrk } from '../../../bench/serving/output.ts'

/** What wrk2 printed for 1,500 requests; most lines of its spectrum are left out. */
const wrk2 = `Running 3s test @ http://127.0.0.1:28080/micro/plain?bytes=1024
  2 threads and 8 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.78ms    3.18ms  34.85ms   94.79%
    Req/Sec       -nan      -nan   0.00      0.00%
  Latency Distribution (HdrHistogram - Recorded Latency)
 50.000%    1.03ms
 75.000%    1.42ms
 90.000%    3.17ms
 99.000%   19.57ms
100.000%   34.88ms

  Detailed Percentile spectrum:
       Value   Percentile   TotalCount 1/(1-Percentile)

       0.101     0.000000            1         1.00
       4.667     0.943750         1415        17.78
       5.103     0.950000         1424        20.00
       5.695     0.956250         1433        22.86
      34.879     1.000000         1498          inf
#[Mean    =        1.781, StdDeviation   =        3.180]
#[Max     =       34.848, Total count    =         1498]
----------------------------------------------------------
  1500 requests in 3.00s, 1.68MB read
Requests/sec:    500.23
Transfer/sec:    574.48KB
`

test('wrk2 is read: what it lists, and the 95th percentile from its spectrum', () => {
  expect(parseWrk(wrk2)).toEqual({
    requests: 1500,
    errors: 0,
    perS: 500,
    meanMs: 1.78,
    p50: 1.03,
    p90: 3.17,
    p95: 5.103,
    p99: 19.57,
    lateP99: null,
  })
})

test('classic wrk is read in its own units, without the percentile that it does not print', () => {
  const { meanMs, p50, p90, p95, p99, requests } = parseWrk(`Running 2s test @ http://127.0.0.1:28080/
  1 threads and 4 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     2.75ms   11.99ms   1.04s    96.21%
    Req/Sec    15.41k     5.62k   25.50k    70.00%
  Latency Distribution
     50%  194.00us
     75%  378.00us
     90%    2.38ms
     99%    1.02s
  30665 requests in 1.00m, 34.39MB read
Requests/sec:  15305.39
Transfer/sec:     17.17MB
`)
  expect({ meanMs, p50, p90, p95, p99, requests }).toEqual({
    meanMs: 2.75,
    p50: 0.194,
    p90: 2.38,
    p95: null,
    p99: 1020,
    requests: 30_665,
  })
})

test('errors of wrk count, and those that had no answer are requests too', () => {
  const failing = wrk2.replace(
    'Requests/sec:',
    `  Socket errors: connect 1, read 20, write 300, timeout 4000
  Non-2xx or 3xx responses: 600
Requests/sec:`,
  )
  const { requests, errors, perS } = parseWrk(failing)
  expect([requests, errors, perS]).toEqual([1821, 4921, 300])
  expect(() => parseWrk('unable to connect to 127.0.0.1:9 Connection refused')).toThrow('unable to connect')
})

test('vegeta is read', () => {
  const latencies = {
    mean: 2_183_171,
    '50th': 228_429,
    '90th': 691_975,
    '95th': 3_572_000,
    '99th': 71_953_423,
  }
  const report = {
    latencies,
    requests: 1500,
    throughput: 500.31,
    success: 0.998,
    status_codes: { 200: 1497 },
  }
  expect(parseVegeta(JSON.stringify(report))).toEqual({
    requests: 1500,
    errors: 3,
    perS: 500.31,
    meanMs: 2.183171,
    p50: 0.228429,
    p90: 0.691975,
    p95: 3.572,
    p99: 71.953423,
    lateP99: null,
  })
})

test('our sender is summed up; what nobody answered has no percentiles', () => {
  const sent = {
    requests: 5,
    latenciesMs: [1, 2, 3],
    lateMs: [0, 0, 0, 0, 4],
    errors: { ECONNRESET: 2 },
    tookMs: 500,
  }
  expect(fromSent(sent)).toMatchObject({ requests: 5, errors: 2, perS: 6, meanMs: 2, p50: 2 })
  expect(fromSent(sent).p95).toBeCloseTo(2.9, 9)
  expect(fromSent(sent).lateP99).toBeCloseTo(3.84, 9)
  expect(fromSent({ ...sent, latenciesMs: [] })).toMatchObject({
    errors: 5,
    meanMs: null,
    p50: null,
    perS: 0,
  })
})
