import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../core/clock.ts'
import type { Egress } from '../net/egress.ts'
import { expectAnswer } from '../net/expect-answer.ts'
import { openRequest } from '../net/open-request.ts'
import { stampOpening } from '../net/opening.ts'
import { isProxied } from '../net/proxy.ts'
import { stampReads } from '../net/reader.ts'
import type { Exchange } from '../net/wire.ts'
import { Stop, type StopKind } from '../probe/deadlines.ts'
import { startDue } from '../probe/due.ts'
import type { ProxyParts } from './parts.ts'

/** A request as it goes upstream. */
export interface Sending {
  url: URL
  headers: Record<string, string>
  body: Buffer
  egress: Egress | 'trusted'
}

/** What a call needs, and who is told of it. */
interface CallParts {
  parts: Pick<ProxyParts, 'clock' | 'env' | 'socket' | 'timeouts'>
  /** It was handed to its open socket. */
  onSent: () => void
  /** The socket was read and stamped. */
  onRead: (atMs: number) => void
  /** All of the answer that was in that read has been given out. */
  onReadOver: () => void
  onAnswer: (answer: IncomingMessage) => void
}

/** A call in progress. */
export interface UpstreamCall {
  /** Why it failed; null: its answer has ended. */
  settled: Promise<Error | null>
  /** Ends it at once, whatever its state; later calls do nothing. */
  end: (reason: Error) => void
  /** Whether a read is being given out, whose end is told. */
  isInRead: () => boolean
  /** Nothing is read until `goOn`, because the client reads nothing: whoever waits longer than that is the client. */
  hold: () => void
  goOn: () => void
}

/** The upstream's socket was closed in the middle of an answer. */
const closedEarly = () =>
  Object.assign(new Error('the connection was closed within the answer'), { code: 'ECONNRESET' })

/** What there is of a call that could not be made. */
const unmade = { end: () => undefined, isInRead: () => false, hold: () => undefined, goOn: () => undefined }

/**
 * Sends a request on a socket that may serve several, and fills `seen` with its stamps. It is sent once: whether a
 * request on a socket that its server has just closed was worked on, nobody can tell, and a POST may cost twice.
 */
export function callUpstream(sending: Sending, seen: Exchange, told: CallParts): UpstreamCall {
  const { clock, env, socket, timeouts } = told.parts
  const { promise: settled, resolve } = Promise.withResolvers<Error | null>()
  // Only what connects to a proxy listens to it, and making one takes 20 us.
  const connecting = isProxied(sending.url, env) ? new AbortController() : null
  const way = { env, socket, signal: connecting?.signal, egress: sending.egress, reuse: true }
  const outgoing = openRequest(sending, way, seen)
  if (outgoing instanceof Error) return { ...unmade, settled: Promise.resolve(outgoing) }
  let isOver = false
  let detach: (() => void) | null = null
  const end = (failure: Error | null) => {
    if (isOver) return
    isOver = true
    deadlines.clear()
    detach?.()
    // What is still being uploaded when the answer has ended is of no use to anybody.
    if (failure !== null || !outgoing.writableFinished) outgoing.destroy()
    if (failure !== null) connecting?.abort(failure)
    resolve(failure)
  }
  const deadlines = startDeadlines({ clock, timeouts, isTunnel: connecting !== null }, end)
  const reads = startReads(told, deadlines.read)
  // What an upstream sends behind a complete answer is no fault of that: it is still to be read.
  let answered: IncomingMessage | null = null
  outgoing.on('error', (error) => {
    if (answered?.complete !== true) end(error)
  })
  expectAnswer(outgoing, (error) => {
    if (seen.headersAt === null) end(error)
  })
  outgoing.once('socket', (opened) => {
    sendWhenOpen({ outgoing, socket: opened, sending }, seen, {
      clock,
      onRead: reads.begin,
      onReadOver: reads.end,
      onSent: (stop) => {
        detach = stop
        deadlines.sent()
        told.onSent()
      },
    })
    if (detach === null) deadlines.opening()
  })
  outgoing.once('response', (answer) => {
    answered = answer
    takeHead(answer, seen)
    whenOver(answer, end)
    caught(() => told.onAnswer(answer), end)
  })
  return { settled, end, isInRead: reads.isInOne, hold: deadlines.hold, goOn: deadlines.goOn }
}

function whenOver(answer: IncomingMessage, end: (failure: Error | null) => void): void {
  const close = () => end(answer.complete ? null : closedEarly())
  answer.on('error', end).once('end', close).once('close', close)
}

/** Tells what is thrown: an exception inside a listener would end the process. */
function caught(act: () => void, fail: (error: Error) => void): void {
  try {
    act()
  } catch (error) {
    fail(error as Error)
  }
}

/** Tells of each read twice: when it was stamped, which puts off the deadline, and when all that was in it has been given out. */
function startReads({ onRead, onReadOver }: CallParts, putOff: () => void) {
  let isInOne = false
  return {
    isInOne: () => isInOne,
    begin: (at: number) => {
      isInOne = true
      putOff()
      onRead(at)
    },
    end: () => {
      isInOne = false
      onReadOver()
    },
  }
}

/**
 * Ends a call whose upstream, or whose client, is waited for too long. The socket of a tunnel comes when that is open; any other at once,
 * `opening` if it is not open yet.
 */
function startDeadlines(
  { clock, timeouts, isTunnel }: Pick<ProxyParts, 'clock' | 'timeouts'> & { isTunnel: boolean },
  end: (reason: Error) => void,
) {
  const due = startDue(clock, end)
  const wait = (ms: number, kind: StopKind) => due.next(ms, () => new Stop(kind))
  let hasBegun = false
  const connect = () => wait(timeouts.connect, 'timeout_connect')
  if (isTunnel) connect()
  return {
    opening: () => {
      if (!isTunnel) connect()
    },
    sent: () => wait(timeouts.firstByte, 'timeout_first_token'),
    read: () => {
      if (hasBegun) due.again()
      else wait(timeouts.idle, 'timeout_idle')
      hasBegun = true
    },
    hold: () => wait(timeouts.idle, 'aborted'),
    goOn: () => wait(timeouts.idle, 'timeout_idle'),
    clear: due.clear,
  }
}

/** Who is told of a request that is sent. */
interface SendParts extends Pick<CallParts, 'onRead' | 'onReadOver'> {
  clock: Clock
  /** It is being sent; the function reads the socket no more. */
  onSent: (detach: () => void) => void
}

/** A request that is made, and the socket that it got. */
interface Made {
  outgoing: ClientRequest
  socket: Socket
  sending: Sending
}

/** Sends the request once its socket is usable, and stamps every read of it. */
function sendWhenOpen({ outgoing, socket, sending }: Made, seen: Exchange, parts: SendParts): void {
  const { clock, onSent, onRead, onReadOver } = parts
  if (sending.url.protocol === 'https:') seen.awaitedProxy = null
  stampOpening(socket, seen, {
    now: clock.now,
    reused: outgoing.reusedSocket,
    opened: () => {
      const readAt = stampReads(socket, clock.now)
      const take = (bytes: Buffer) => {
        const at = readAt()
        seen.reads.push(at - seen.t0)
        seen.bytes.push(bytes.length)
        onRead(at)
      }
      // Before the parser, which tells what was in a read, and after it.
      socket.prependListener('data', take).on('data', onReadOver)
      outgoing.end(sending.body)
      onSent(() => {
        socket.off('data', take).off('data', onReadOver)
      })
    },
  })
}

function takeHead({ statusCode = 0, headers, httpVersion }: IncomingMessage, seen: Exchange): void {
  Object.assign(seen, {
    status: statusCode,
    headers,
    httpVersion,
    headersAt: seen.reads.at(-1) ?? null,
    forwardedBy: seen.awaitedProxy,
    awaitedProxy: null,
  })
}
