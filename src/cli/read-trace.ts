import { basename } from 'node:path'
import type { OpenLoad } from '../core/plan.ts'
import type { TraceAbout, TracedRequest } from '../core/work.ts'
import { offeredRate } from '../lab/arrivals.ts'
import { parseTrace, peakRate, tracedDueTimes } from '../lab/trace.ts'
import { sha256 } from '../run/plan.ts'
import { readText } from './read-text.ts'

/** How a trace is sent. */
interface Replay {
  /** The first requests that are sent; null for all. */
  total: number | null
  speed: number
  blockTokens: number
  slots: number
}

/** A trace that can be sent. */
interface ReadTrace {
  about: TraceAbout
  /** Those that are sent. */
  traced: TracedRequest[]
  load: OpenLoad
}

/** A trace of as many requests as a sweep may have, each with 30 blocks, is half as long. */
const mostBytes = 32 * 2 ** 20
const mostRequests = 100_000

/** Reads a trace from a file, or says what is wrong with it. */
export function readTrace(path: string, replay: Replay): ReadTrace | { problem: string } {
  const { total, speed, blockTokens, slots } = replay
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
