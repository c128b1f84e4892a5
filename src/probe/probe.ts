import type https from 'node:https'
import type { Clock } from '../core/clock.ts'
import type { Observation } from '../core/result.ts'
import { egressTo } from '../net/egress.ts'
import type { LagMonitor } from './lag.ts'
import { measure } from './measure.ts'
import { observe } from './observe.ts'
import type { Call } from './request.ts'
import { buildRequest } from './sdk.ts'
import { stoodStillFor } from './standstill.ts'
import type { Stream } from './stream.ts'
import { usageOf } from './tokens.ts'
import { delaysOf } from './trust.ts'

export type { Call } from './request.ts'

/** The dependencies of a probe. */
export interface ProbeParts {
  clock: Clock
  lag: LagMonitor
  /** A person's abort. */
  signal?: AbortSignal
  /** Read for proxies only. */
  env: NodeJS.ProcessEnv
  /** Socket options that differ from Node's: `lookup`, `ca`, ... */
  socket?: https.RequestOptions
  /** Hosts that a person opened to providers that are not trusted. */
  egressAllow: readonly string[]
  /** What is filled with the answer, for whoever looks at it meanwhile. */
  stream?: Stream
}

/**
 * Makes one call and measures it. Nothing the world does makes it reject: the observation says what happened.
 */
export async function probe(call: Call, parts: ProbeParts): Promise<Observation> {
  const { clock, lag, signal, env, socket, egressAllow, stream } = parts
  const startedAt = clock.date()
  const decided = clock.now()
  const watch = lag.watch()
  const measured = await measure(await buildRequest(call), {
    clock,
    env,
    egress: egressTo(call.provider, egressAllow, socket?.lookup),
    timeouts: call.settings.timeouts,
    ...(call.dueAt !== undefined && { dueAt: call.dueAt }),
    reuse: call.settings.reuseConnections === true,
    ...(signal && { signal }),
    ...(socket && { socket }),
    ...(stream && { stream }),
    tap: { onSent: watch.sent, onRead: watch.read },
  })
  // Before anything else is done: our own work afterwards is not the call's.
  const delays = delaysOf(measured, watch)
  const stoodStillMs = stoodStillFor({ parts, startedAt, decided })
  const usage = await usageOf(measured.stream)
  return observe({ ...measured, usage, call, delays, stoodStillMs, startedAt, decided })
}
