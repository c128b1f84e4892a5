import { percentile } from '../../src/core/statistics.ts'
import type { Sent } from './sender.ts'

/** What a generator of load found. Milliseconds; null if it does not say. */
export interface Measured {
  requests: number
  /** Requests that got no answer, or one whose status is not 2xx or 3xx. */
  errors: number
  /** Answers per second. */
  perS: number
  meanMs: number | null
  p50: number | null
  p90: number | null
  p95: number | null
  p99: number | null
  /** The 99th percentile of how long after it was due a request was sent. */
  lateP99: number | null
}

/** What our own sender found. */
export function fromSent({ requests, latenciesMs, lateMs, tookMs }: Sent): Measured {
  const n = latenciesMs.length
  return {
    requests,
    errors: requests - n,
    perS: (1000 * n) / tookMs,
    meanMs: n === 0 ? null : latenciesMs.reduce((sum, each) => sum + each, 0) / n,
    p50: percentile(latenciesMs, 0.5),
    p90: percentile(latenciesMs, 0.9),
    p95: percentile(latenciesMs, 0.95),
    p99: percentile(latenciesMs, 0.99),
    lateP99: percentile(lateMs, 0.99),
  }
}

interface VegetaReport {
  /** Nanoseconds. */
  latencies: { mean: number; '50th': number; '90th': number; '95th': number; '99th': number }
  requests: number
  throughput: number
  /** 0 to 1. */
  success: number
}

/** Reads `vegeta report -type=json`. */
export function parseVegeta(text: string): Measured {
  const { latencies: of, requests, throughput, success } = JSON.parse(text) as VegetaReport
  return {
    requests,
    errors: Math.round(requests * (1 - success)),
    perS: throughput,
    meanMs: of.mean / 1e6,
    p50: of['50th'] / 1e6,
    p90: of['90th'] / 1e6,
    p95: of['95th'] / 1e6,
    p99: of['99th'] / 1e6,
    lateP99: null,
  }
}

/** Units of wrk in ms. */
const inMs = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Reads what wrk and wrk2 print with `--latency`; throws if it is not that. */
export function parseWrk(text: string): Measured {
  const [, requests, took, unit] = /^\s*(\d+) requests in ([\d.]+)(us|ms|s|m|h),/m.exec(text) ?? []
  if (requests === undefined) throw new Error(`wrk printed no result: ${text.slice(-500)}`)
  const sockets = /connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text)?.slice(1) ?? []
  const [connect = 0, read = 0, write = 0, late = 0] = sockets.map(Number)
  // To wrk, what failed on its socket is no request; what was answered too late, or with another status, is.
  const unanswered = connect + read + write
  const refused = Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0)
  const seconds = (Number(took) * inMs[unit as keyof typeof inMs]) / 1000
  const at = percentilesOf(text)
  return {
    requests: Number(requests) + unanswered,
    errors: unanswered + late + refused,
    perS: (Number(requests) - refused) / seconds,
    meanMs: ms(/^\s+Latency\s+([\d.]+(?:us|ms|s|m|h))/m.exec(text)?.[1]),
    p50: at(50),
    p90: at(90),
    p95: at(95),
    p99: at(99),
    lateP99: null,
  }
}

/** The percentiles of the short list, or else of the spectrum of wrk2: its least value at or above the share. */
function percentilesOf(text: string): (percent: number) => number | null {
  const listed = [...text.matchAll(/^\s*([\d.]+)%\s+([\d.]+(?:us|ms|s|m|h))\s*$/gm)].map(
    ([, percent, value]) => [Number(percent), ms(value)] as const,
  )
  const spectrum = [...text.matchAll(/^\s+([\d.]+)\s+([01]\.\d+)\s+\d+\s+(?:[\d.]+|inf)\s*$/gm)].map(
    ([, value, share]) => [100 * Number(share), Number(value)] as const,
  )
  return (percent) =>
    listed.find(([of]) => of === percent)?.[1] ?? spectrum.find(([of]) => of >= percent)?.[1] ?? null
}

function ms(text: string | undefined): number | null {
  const [, number, unit] = /^([\d.]+)(us|ms|s|m|h)$/.exec(text ?? '') ?? []
  return number === undefined ? null : Number(number) * inMs[unit as keyof typeof inMs]
}
