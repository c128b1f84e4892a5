import { basename } from 'node:path'
import { sweepLimits } from '../core/request-limits.ts'
import type { Replay } from '../jobs/asked-sweep.ts'
import { offeredRate } from '../lab/arrivals.ts'
import { parseTrace, peakRate, tracedDueTimes } from '../lab/trace.ts'
import { sha256 } from '../run/plan.ts'
import { readText } from './read-text.ts'

/** How a trace is sent. */
interface Sending {
  /** The first requests that are sent; null for all. */
  total: number | null
  speed: number
  blockTokens: number
  slots: number
}

/** A trace of as many requests as a sweep may have, each with 30 blocks, is half as long. */
const mostBytes = 32 * 2 ** 20
const { calls: mostRequests } = sweepLimits

/** Reads a trace from a file, or says what is wrong with it. */
export function readTrace(
  path: string,
  { total, speed, blockTokens, slots }: Sending,
): Replay | { problem: string } {
  const read = readText(path, mostBytes)
  if ('problem' in read) return { problem: `${read.problem}${beginningHint(read.problem, path)}` }
  const trace = parseTrace(read.text)
  if ('problem' in trace) return { problem: `${path}: ${trace.problem}` }
  const { requests, format, failed } = trace
  if (requests.length > mostRequests && total === null)
    return {
      problem: `${path} has ${requests.length} requests, and a sweep at most ${mostRequests}: --total ${mostRequests} takes the first ones`,
    }
  const traced = requests.slice(0, total ?? requests.length)
  const due = tracedDueTimes(traced, speed)
  const peak = peakRate(due)
  return {
    about: {
      name: basename(path),
      format,
      hash: sha256(read.text),
      requests: requests.length,
      failed,
      speed,
      blockTokens,
      peakRate: peak,
    },
    traced,
    // All at once has no mean.
    load: { rate: Number((offeredRate(due) ?? peak).toPrecision(4)), arrivals: 'trace', seed: null, slots },
  }
}

const beginningHint = (problem: string, path: string): string =>
  problem.includes('longer than') ? `: take its beginning, head -n ${mostRequests} ${path} > shorter` : ''
