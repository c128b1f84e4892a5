import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { carriesTokens } from '../core/timeline.ts'
import { classify } from '../probe/classify.ts'
import { Answered, Stop } from '../probe/deadlines.ts'
import type { LagWatch } from '../probe/lag.ts'
import { usageCutter } from './cut-usage.ts'
import { clientHeaders } from './headers.ts'
import type { ProxyParts } from './parts.ts'
import { type Passage, phaseOf } from './passage.ts'
import { problemOf, sendProblem } from './problem.ts'
import { relay, type Relay } from './relay.ts'
import { openTap } from './tap.ts'
import { callUpstream, type Sending, type UpstreamCall } from './upstream.ts'

/** How a request is forwarded. */
type ForwardParts = Pick<ProxyParts, 'clock' | 'env' | 'socket' | 'timeouts' | 'passesOn' | 'onBug'>

/** What is forwarded, and what is to know of it. */
interface Forwarding extends Sending {
  passage: Passage
  watch: LagWatch
}

/** The answer, once it has begun. */
interface Passing extends Relay {
  /** All was read: its text, if it had no event. */
  end: () => Promise<string>
}

/**
 * Sends a request upstream and passes its answer on, until both sides are over: the passage has all that came of it.
 * Nothing the world does makes it reject.
 */
export async function forward(
  forwarding: Forwarding,
  response: ServerResponse,
  parts: ForwardParts,
): Promise<void> {
  const { passage, watch } = forwarding
  const { exchange, stream } = passage
  const { now } = parts.clock
  let passing: Passing | null = null
  const call: UpstreamCall = callUpstream(forwarding, exchange, {
    parts,
    onSent: () => {
      passage.isSent = true
      watch.sent()
    },
    onRead: watch.read,
    onReadOver: () => passing?.passArrived(),
    onAnswer: (answer) => {
      passing = passOn(answer, response, { parts, passage, call })
    },
  })
  const closed = whenClosed(response, now, () => {
    // It is we who have ended it.
    if (exchange.failure !== null) return
    passing?.catchUp()
    // Clients close the connection at [DONE], before the end of the body.
    if (stream.done) return call.end(new Answered())
    passage.left ??= phaseOf(passage)
    call.end(new Stop('aborted'))
  })
  const failure = await call.settled
  exchange.failure = failure instanceof Answered ? null : failure
  exchange.end = now() - exchange.t0
  endStalled(response, passage, parts.timeouts.idle)
  if (exchange.failure === null) passage.upstreamEndAt = exchange.t0 + (exchange.reads.at(-1) ?? 0)
  else if (passage.left === null) answerFailure(response, passage, passing)
  await sleep(restMs)
  exchange.text = (await endOf(passing)) ?? ''
  passage.endAt = await closed
  if (passage.pausedAt !== null) passage.stalledMs += passage.endAt - passage.pausedAt
  if (passage.left !== null) exchange.failure = new Stop('aborted')
  else if (exchange.failure === null) exchange.end = endOfStream(passage)
}

/** A client that has read nothing for too long has left; so has one that does not read what is left of a complete answer. */
function endStalled(response: ServerResponse, passage: Passage, mostMs: number): void {
  const { failure } = passage.exchange
  const isWaitedFor = failure instanceof Stop && failure.kind === 'aborted' && passage.left === null
  if (isWaitedFor) passage.left = 'paused'
  if (isWaitedFor) response.destroy()
  else response.setTimeout(mostMs, () => response.destroy())
}

/** What is known of an answer is worked out so long after its end, in ms: by then a client that asks again at once has asked. */
const restMs = 20

function endOf(passing: Passing | null): Promise<string> | undefined {
  passing?.catchUp()
  return passing?.end()
}

/** The end of a complete answer, in ms after t0: `[DONE]`, else the last read. */
function endOfStream({ exchange: { reads, end }, stream: { events } }: Passage): number {
  const done = events.find(({ kind }) => kind === 'done')
  return reads[done?.read ?? reads.length - 1] ?? end
}

/** Resolves when the client's side is over, with the moment. `onLeft`: the client has left before. */
function whenClosed(response: ServerResponse, now: () => number, onLeft: () => void): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>()
  const close = () => {
    if (!response.writableFinished) onLeft()
    resolve(now())
  }
  if (response.closed || response.destroyed) close()
  else response.once('close', close)
  return promise
}

/** What passing on an answer takes. */
interface PassOnParts {
  parts: Pick<ProxyParts, 'clock' | 'passesOn' | 'onBug'>
  passage: Passage
  call: UpstreamCall
}

/** Passes on the head of an answer at once, and its body as it comes. */
function passOn(
  answer: IncomingMessage,
  response: ServerResponse,
  { parts, passage, call }: PassOnParts,
): Passing {
  const { clock, passesOn, onBug } = parts
  const { statusCode = 502, statusMessage = '', rawHeaders, headers } = answer
  const isGood = statusCode >= 200 && statusCode < 300
  const isEvents = passage.asked.stream || /event-stream/i.test(headers['content-type'] ?? '')
  passage.isStream = isGood && isEvents
  passage.coding = codingOf(headers['content-encoding'])
  const isEdited = passage.injectedUsage && passage.isStream && passage.coding === null
  const { id, isCaptured } = passage
  const added = { id, isCaptured, isEdited, passesOn, ...timingOf(passage) }
  response.writeHead(statusCode, phraseOf(statusMessage), clientHeaders(rawHeaders, added))
  response.flushHeaders()
  passage.status = statusCode
  const tap = openTap(passage.stream, {
    path: passage.path,
    kind: !isGood ? 'text' : isEvents ? 'events' : 'document',
    coding: passage.coding,
    onEntry: (entry) => {
      if (carriesTokens(entry)) passage.firstTokenWrittenAt ??= passage.lastWrittenAt
    },
    onCompressed: (coding) => {
      passage.coding = coding
    },
  })
  const cutter = isEdited ? usageCutter() : null
  const relayed = relay(answer, response, {
    clock,
    passage,
    tap,
    cutter,
    isInRead: call.isInRead,
    onPause: call.hold,
    onResume: call.goOn,
    onBug,
  })
  return { ...relayed, end: tap.end }
}

/** A reason that Node can send: its parser takes control characters too. */
const phraseOf = (phrase: string): string => phrase.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '')

const codingOf = (coding: string | undefined): string | null =>
  coding === undefined || /^\s*(identity)?\s*$/i.test(coding) ? null : coding

/** What took how long until the head of the answer, in ms. */
function timingOf({ exchange, bodyAt }: Passage) {
  const { t0, connectMs, headersAt } = exchange
  return { upstreamMs: headersAt ?? 0, proxyMs: Math.max(0, t0 - (bodyAt ?? t0) - (connectMs ?? 0)) }
}

/** Tells the client that nothing, or nothing more, will come: with a status, or with an answer that has no end. */
function answerFailure(response: ServerResponse, passage: Passage, passing: Passing | null): void {
  if (!response.headersSent) {
    const kind = classify(passage.exchange, passage.stream)?.kind ?? 'reset'
    const problem = problemOf(kind, new URL(passage.upstream.provider.baseUrl).host)
    passage.status = problem.status
    return sendProblem(response, problem, passage)
  }
  passing?.flush()
  const { socket } = response
  if (socket === null) return
  // Of HTTP/1.0 the end of the connection is the end of the answer: it is reset.
  if (response.req.httpVersion === '1.0') return void socket.resetAndDestroy()
  socket.destroySoon()
  setTimeout(() => socket.destroy(), lastMs).unref()
}

/** How long a client has to read what has come of an answer that was cut, in ms. */
const lastMs = 5000
