import type { Clock } from '../core/clock.ts'
import type { ErrorKind } from '../core/outcome.ts'
import type { Cause } from './cause.ts'
import type { Evidence } from './evidence.ts'
import type { LagMonitor } from './lag.ts'
import { inWords } from './provider-error.ts'

/** Failures that a machine which stands still brings upon itself. */
const caused: readonly ErrorKind[] = [
  'timeout_connect',
  'timeout_first_token',
  'timeout_idle',
  'timeout_total',
  'dns',
  'connect',
  'tls',
  'reset',
  'truncated',
]

/** A shorter standstill, in ms, or a smaller share of the call has hardly caused its failure. */
const least = { ms: 1000, share: 0.1 }

/**
 * How long this machine stood still since a call was decided on, in ms: stopped or without a core, which the
 * monitor sees, or asleep, when the monotonic clock of Linux stands still too and the wall clock goes on.
 */
export function stoodStillFor(call: {
  parts: { clock: Clock; lag: Pick<LagMonitor, 'stoodStill'> }
  startedAt: Date
  decided: number
}): number {
  const { clock, lag } = call.parts
  const now = clock.now()
  const aheadMs = clock.date().getTime() - call.startedAt.getTime() - (now - call.decided)
  return Math.max(lag.stoodStill(call.decided, now), aheadMs)
}

/** The cause of a failure, which is our own if this machine stood still during the call. */
export function withoutStandstill(
  cause: Cause | null,
  { exchange, stoodStillMs }: Pick<Evidence, 'exchange' | 'stoodStillMs'>,
): Cause | null {
  const { t0, start, end } = exchange
  const lastedMs = t0 - start + end
  if (cause === null || !caused.includes(cause.kind)) return cause
  if (stoodStillMs < Math.max(least.ms, least.share * lastedMs)) return cause
  const seconds = (stoodStillMs / 1000).toFixed(1)
  return { kind: 'self', error: inWords(`this machine stood still for ${seconds} s`, 'STANDSTILL') }
}
