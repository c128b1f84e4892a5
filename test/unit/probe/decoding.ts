import type { Observation } from '../../../src/core/result.ts'
import { carriesTokens, type Timeline } from '../../../src/core/timeline.ts'
import { streamBody } from '../../../src/net/body.ts'
import type { Exchange } from '../../../src/net/wire.ts'
import { classify } from '../../../src/probe/classify.ts'
import { openStream, takeComment, takeEvent } from '../../../src/probe/stream.ts'
import { usageOf } from '../../../src/probe/tokens.ts'

/** What of an observation comes from the bytes alone. */
export type Decoded = Pick<
  Observation,
  | 'success'
  | 'errorKind'
  | 'errorCode'
  | 'responseText'
  | 'finishReason'
  | 'inputTokens'
  | 'outputTokens'
  | 'reasoningTokens'
  | 'cachedTokens'
  | 'tokenSource'
  | 'chargedUsd'
  | 'eventCount'
> & { timeline: Pick<Timeline, 'events'> }

/** The exchange of a body that came without trouble, a read a millisecond. */
export const exchangeOf = (text: string, reads: number[]): Exchange => ({
  start: 0,
  t0: 0,
  dnsMs: null,
  tcpMs: null,
  tlsMs: null,
  connectMs: 1,
  status: 200,
  httpVersion: '1.1',
  headers: {},
  headersAt: 0,
  reads,
  bytes: reads.map(() => 1),
  text,
  end: reads.length,
  failure: null,
})

/** Reads a body in these pieces as a probe does, without a socket. */
export async function decoded(pieces: readonly Buffer[]): Promise<Decoded> {
  const stream = openStream()
  let read = 0
  const body = streamBody({
    onEvent: (event) => {
      takeEvent(stream, event, read)
      return stream.done
    },
    onComment: () => {
      takeComment(stream, read)
    },
  })
  let failure: Error | null = null
  for (const piece of [...pieces, null]) {
    const progress = body.feed(piece)
    if (progress === 'too_long') failure = Object.assign(new Error('too long'), { code: 'TOO_LONG' })
    if (progress !== 'open') break
    read += 1
  }
  const usage = await usageOf(stream)
  const exchange = {
    ...exchangeOf(
      body.text(),
      Array.from({ length: read + 1 }, (_, index) => index),
    ),
    failure,
  }
  const cause = classify(exchange, stream, usage)
  return {
    success: cause === null,
    errorKind: cause?.kind ?? null,
    errorCode: cause?.error?.code ?? null,
    responseText: stream.events.some(carriesTokens) ? stream.text : null,
    finishReason: stream.finish,
    inputTokens: usage.input,
    outputTokens: usage.output,
    reasoningTokens: usage.reasoning,
    cachedTokens: usage.cached,
    tokenSource: usage.source,
    chargedUsd: usage.costUsd,
    eventCount: stream.events.filter(({ kind }) => kind !== 'comment' && kind !== 'done').length,
    timeline: { events: stream.events },
  }
}
