import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Goal } from '../goals.ts'

// 1,000 streams of 10 chunks a second in one process. It has that process to itself, so that its memory is
// theirs.
export const streams = 1000
export const chunks = 40

/** What became of them. */
export interface Crowd {
  lost: number
  misattributed: number
  failed: number
  memoryPerStreamKiB: number
}

/** Reads them all at once. */
export async function measureCrowd(url: string): Promise<Crowd> {
  const child = fork(new URL('./crowd-process.ts', import.meta.url), [url], { execArgv: [] })
  const [crowd] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`the crowd ended with exit code ${code}`))),
  ])) as [Crowd]
  return crowd
}

/** The crowd as a table. */
export const crowdFigures = (crowd: Crowd): Record<string, unknown>[] => [
  {
    what: `memory per stream of ${streams} streams at once, KiB`,
    n: Math.round(crowd.memoryPerStreamKiB),
  },
]

/** What it must show. */
export const crowdGoals = ({ lost, misattributed, failed }: Crowd): Goal[] => [
  none(`chunks lost of ${streams} streams of 10 a second`, lost),
  none('chunks given to another stream', misattributed),
  none('streams that failed', failed),
]

const none = (name: string, measured: number): Goal => ({ name, limit: '0', measured, holds: measured === 0 })
