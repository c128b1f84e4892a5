import type https from 'node:https'
import type { Clock } from '../core/clock.ts'
import type { Observation } from '../core/result.ts'
import { carriesTokens } from '../core/timeline.ts'
import type { Egress } from '../net/egress.ts'
import { exchange } from '../net/wire.ts'
import { startDeadlines } from './deadlines.ts'
import type { LagMonitor } from './lag.ts'
import { observe } from './observe.ts'
import type { Call } from './request.ts'
import { buildRequest } from './sdk.ts'
import { openStream, takeComment, takeEvent } from './stream.ts'
import { usageOf } from './tokens.ts'

export type { Call } from './request.ts'

/** What a probe needs of the world. */
export interface ProbeParts {
  clock: Clock
  lag: LagMonitor
  /** A person's abort. */
  signal?: AbortSignal
  /** Read for proxies alone. */
  env: NodeJS.ProcessEnv
  /** How sockets are opened, where that differs: `lookup`, `ca`, ... */
  socket?: https.RequestOptions
  /** Hosts that a person opened for providers that are not trusted; none without. */
  egressAllow?: readonly string[]
}

/** Makes one call and measures it. Never rejects for anything that the world does: that is what the observation says. */
export async function probe(call: Call, parts: ProbeParts): Promise<Observation> {
  const { clock, lag, signal, env, socket } = parts
  const egress = egressOf(call, parts)
  const startedAt = clock.date()
  const decided = clock.now()
  const request = await buildRequest(call)
  const stream = openStream()
  const deadlines = startDeadlines(call.settings.timeouts, signal)
  const seen = await exchange(request, {
    clock,
    env,
    signal: deadlines.signal,
    onSent: deadlines.sent,
    ...(socket && { socket }),
    ...(egress && { egress }),
    onEvent: (event, read) => {
      if (carriesTokens(takeEvent(stream, event, read))) deadlines.token()
      return stream.done
    },
    onComment: (read) => {
      takeComment(stream, read)
    },
  }).finally(deadlines.clear)
  const usage = await usageOf(stream)
  return observe({ call, exchange: seen, stream, usage, lag, startedAt, decided })
}

/** The guard of a call whose base URL no person vouches for. */
export function egressOf(
  { provider }: Call,
  { egressAllow = [], socket }: Pick<ProbeParts, 'egressAllow' | 'socket'>,
): Egress | null {
  if (provider.trusted) return null
  return { allow: egressAllow, ...(socket?.lookup && { lookup: socket.lookup }) }
}
