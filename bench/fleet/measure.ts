import { connect } from 'node:net'
import { deriveMetrics } from '../../src/core/metrics.ts'
import type { Observation } from '../../src/core/result.ts'
import type { RunParts } from '../../src/run/parts.ts'
import {
  failedResult,
  samplePlan,
  sampleProbe,
  sampleResult,
  sampleTarget,
} from '../../test/support/samples.ts'
import { type Answered, type Asked, readMessages, type Told } from './messages.ts'

/** Calls of the providers of the simulation, over one socket. */
export interface Caller {
  measure: RunParts['measure']
  tell: (told: Told) => void
  close: () => void
}

/** What a call says of the shard that it is of. */
export type Stamps = Pick<Asked, 'leasedAt' | 'toldAt'>

/** Connects to the providers. `stampsOf` tells what is known of a probe's shard. */
export async function openCaller(
  path: string,
  { worker, date, stampsOf }: { worker: string; date: () => Date; stampsOf: (probe: string) => Stamps },
): Promise<Caller> {
  const waiting = new Map<number, (answered: Answered) => void>()
  const socket = connect(path).setEncoding('utf8')
  await new Promise<void>((connected, failed) => socket.once('connect', connected).once('error', failed))
  socket.on(
    'data',
    readMessages((message) => {
      const answered = message as Answered
      waiting.get(answered.number)?.(answered)
      waiting.delete(answered.number)
    }),
  )
  const send = (message: Asked | Told) => void socket.write(`${JSON.stringify(message)}\n`)
  let number = 0
  return {
    measure: async (_call, { probe }) => {
      const startedAt = date()
      number += 1
      const answered = new Promise<Answered>((resolve) => waiting.set(number, resolve))
      const { id, provider, model, region } = probe
      send({ type: 'call', number, worker, probe: id, provider, region, model, ...stampsOf(id) })
      return toObservation(await answered, startedAt)
    },
    tell: send,
    close: () => void socket.end(),
  }
}

const plan = samplePlan(['a'])
const probe = sampleProbe(sampleTarget('a'))
const answer = { ...sampleResult(plan, probe), timingQuality: 'ok' as const, timingReasons: [] }
const failure = { ...failedResult(plan, probe), timingQuality: 'ok' as const, timingReasons: [] }

/** What a probe would have seen. */
function toObservation({ status, ttftMs, totalMs, ...told }: Answered, startedAt: Date): Observation {
  const { retryAfterMs, inputTokens, outputTokens } = told
  if (status !== 200)
    return {
      ...failure,
      startedAt,
      statusCode: status,
      retryAfterMs,
      totalLatencyMs: totalMs,
      ...(status === 500 && { errorKind: 'server_error', faultDomain: 'provider', errorMessage: 'failed' }),
    }
  const timeline = { ...answer.timeline, headers: ttftMs, reads: [ttftMs, (ttftMs + totalMs) / 2, totalMs] }
  const events = answer.timeline.events.map((event, index) => ({ ...event, read: Math.min(index, 2) }))
  const seen = { ...timeline, bytes: [400, 300, 200], events, end: totalMs }
  const usage = {
    input: inputTokens,
    output: outputTokens,
    reasoning: 0,
    cached: 0,
    source: 'usage' as const,
  }
  return {
    ...answer,
    ...deriveMetrics(seen, usage),
    startedAt,
    retryAfterMs: null,
    inputTokens,
    outputTokens,
    reasoningTokens: 0,
    cachedTokens: 0,
    cacheWriteTokens: 0,
    timeline: seen,
  }
}
