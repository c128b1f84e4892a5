import type { Observation } from '../../src/core/result.ts'
import { streamBody } from '../../src/net/body.ts'
import type { LagMonitor } from '../../src/probe/lag.ts'
import { observe } from '../../src/probe/observe.ts'
import { closeStream, listenTo, openStream } from '../../src/probe/stream.ts'
import { usageOf } from '../../src/probe/tokens.ts'
import { delaysOf } from '../../src/probe/trust.ts'
import { callTo } from './loopback.ts'

const call = callTo('http://127.0.0.1/v1')
const lag: Pick<LagMonitor, 'window'> = { window: () => null }

/** The observation of a probe whose body arrives in these pieces, one read per ms, without a socket. */
export async function decoded(pieces: readonly Buffer[]): Promise<Observation> {
  const stream = openStream()
  const reads: number[] = []
  const { onEvent, onComment, onLine } = listenTo(stream)
  const body = streamBody({
    onEvent: (event) => onEvent(event, reads.length - 1),
    onComment: () => {
      onComment(reads.length - 1)
    },
    onLine,
  })
  let failure: NodeJS.ErrnoException | null = null
  for (const piece of [...pieces, null]) {
    if (piece !== null || reads.length === 0) reads.push(reads.length + 1)
    const progress = body.feed(piece)
    if (progress === 'too_long') failure = Object.assign(new Error('too long'), { code: 'TOO_LONG' })
    if (progress !== 'open') break
  }
  const phases = {
    start: 0,
    t0: 0,
    dnsMs: null,
    tcpMs: null,
    tlsMs: null,
    connectMs: 1,
    reused: false,
    awaitedProxy: null,
    forwardedBy: null,
  }
  const response = { status: 200, httpVersion: '1.1', headers: {}, headersAt: 0, text: body.text() }
  const bytes = reads.map(() => 1)
  const exchange = { ...phases, ...response, reads, bytes, end: reads.length, failure }
  closeStream(stream)
  const usage = await usageOf(stream)
  const measured = { exchange, stream, closedByUs: false }
  const delays = delaysOf(measured, lag)
  return observe({ ...measured, call, usage, delays, startedAt: new Date(0), stoodStillMs: 0, decided: 0 })
}
