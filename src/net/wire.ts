import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type https from 'node:https'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import type { Clock } from '../core/clock.ts'
import { type Body, decompressed, streamBody, textBody } from './body.ts'
import type { Egress } from './egress.ts'
import type { ServerEvent } from './events.ts'
import { expectAnswer } from './expect-answer.ts'
import { type Reading, readerOf, stampReads, takeChunks } from './reader.ts'
import { type Opening, stampOpening } from './opening.ts'
import { untilDue } from './until-due.ts'
import { openRequest } from './open-request.ts'
import { release } from './release.ts'

/** A prepared POST, independent of the connection. */
export interface WireRequest {
  url: URL
  headers: Readonly<Record<string, string>>
  body: string
}

/** How an exchange is made, and its listeners. */
export interface WireParts {
  clock: Clock
  /** Read for HTTP_PROXY, HTTPS_PROXY and NO_PROXY. */
  env: NodeJS.ProcessEnv
  /** Aborts the exchange; it then fails with the reason, which must be an Error. */
  signal: AbortSignal
  /** Socket options that differ from Node's: `lookup`, `ca`, ... */
  socket?: https.RequestOptions
  egress: Egress | 'trusted'
  /** The `clock.now()` at which the request is sent, or as soon as the socket is usable after it; at once without. */
  dueAt?: number
  /** Whether its socket may be one that an earlier request has opened, and may serve a later one. */
  reuse?: boolean
  /** The socket is usable and the request is being sent. */
  onSent: () => void
  /** An event, completed by the read of this index; returning true ends the exchange. */
  onEvent: (event: ServerEvent, read: number) => boolean
  onComment: (read: number) => void
  /** A line of the stream that belongs to no event. */
  onLine: (line: string) => void
  tap?: WireTap
}

/** Sees an answer as it arrives. A listener that is absent costs nothing per read. */
export interface WireTap {
  /** The socket was read, stamped, and nothing else done yet. */
  onRead?: (atMs: number) => void
  onHead?: (status: number, headers: IncomingHttpHeaders) => void
  /** A piece of the body, without transfer coding and compression, before it is parsed. */
  onBody?: (bytes: Buffer) => void
}

/**
 * One call on the wire. Stamps are ms after `t0`, the `clock.now()` at which the request was sent on its open
 * socket; if it was never sent, `t0` is the moment we began to connect.
 */
export interface Exchange extends Opening {
  /** The proxy that has neither opened its tunnel nor passed on an answer; null without one, or once it has. */
  awaitedProxy: string | null
  /** The proxy that passed on the answer unencrypted, or made it; null without one. */
  forwardedBy: string | null
  status: number | null
  httpVersion: string | null
  headers: IncomingHttpHeaders
  headersAt: number | null
  reads: number[]
  bytes: number[]
  /** The body, if it had no event. */
  text: string
  end: number
  /** What ended the exchange early. A status other than 2xx is not a failure of the exchange. */
  failure: NodeJS.ErrnoException | null
}

/** An exchange in progress. */
interface Open extends Reading {
  seen: Exchange
  parts: WireParts
  /** Ends it; later calls do nothing. */
  finish: (failure: Error | null, end?: number) => void
  /** Rejects it: a callback threw. */
  bug: (error: unknown) => void
  /** The body as it is read, which works on after its connection has ended. */
  source: Readable | null
  /** Reads its socket no more. */
  detach: (() => void) | null
}

/**
 * Sends a request and stamps its answer. What is sent on a reused socket that its server has just closed is sent again on
 * one of its own. Nothing the world does makes it reject; an exception from a callback is a bug, and does.
 */
export async function exchange(request: WireRequest, parts: WireParts): Promise<Exchange> {
  const seen = await exchangeOnce(request, parts)
  return wasClosedBefore(seen) && !parts.signal.aborted
    ? exchangeOnce(request, { ...parts, reuse: false })
    : seen
}

/** Whether a reused socket had ended when the request was sent, as the server may at any time (RFC 9112, section 9.5). */
const wasClosedBefore = ({ reused, failure, reads }: Exchange): boolean =>
  reused && reads.length === 0 && ['ECONNRESET', 'EPIPE'].includes(failure?.code ?? '')

/**
 * Opens a socket of its own, sends the request as soon as the socket is usable, and stamps every read on the
 * socket itself: some 5 us after the bytes arrive, compared with 100 to 300 for a loop over the SDK's
 * stream. Redirects are not followed.
 */
function exchangeOnce(request: WireRequest, parts: WireParts): Promise<Exchange> {
  const { promise, resolve, reject } = Promise.withResolvers<Exchange>()
  const { clock } = parts
  const seen = unseen(clock.now())
  const outgoing = openRequest(request, parts, seen)
  if (outgoing instanceof Error) return Promise.resolve({ ...seen, failure: outgoing })
  let settled = false
  const finish: Open['finish'] = (failure, end = clock.now() - seen.t0) => {
    if (settled) return
    settled = true
    parts.signal.removeEventListener('abort', abort)
    leave(outgoing, call, failure)
    resolve(Object.assign(seen, { end, failure }))
  }
  // Whatever the socket does, a deadline ends the exchange.
  const abort = () => {
    finish(parts.signal.reason as Error)
  }
  const call: Open = { seen, parts, finish, bug: reject, ...unanswered }
  parts.signal.addEventListener('abort', abort)
  outgoing.on('error', (error) => {
    finish(error)
  })
  // Before it fails there: its status is an answer too.
  outgoing.once('upgrade', ({ headers, httpVersion }: IncomingMessage) => {
    finish(null, Object.assign(seen, { status: 101, headers, httpVersion }).reads.at(-1))
  })
  expectAnswer(outgoing, (error) => {
    if (call.response === null) finish(error)
  })
  outgoing.on('response', (response) => {
    // An exception inside a listener would end the process.
    try {
      receive(response, call)
    } catch (error) {
      call.bug(error)
      finish(null)
    }
  })
  outgoing.once('socket', (socket) => {
    if (request.url.protocol === 'https:') seen.awaitedProxy = null
    whenUsable({ outgoing, socket }, call, () => {
      outgoing.end(request.body)
    })
  })
  return promise
}

const unanswered = { response: null, takeBody: null, source: null, detach: null }

/** Leaves a socket that may serve another request to its agent; closes any other. */
function leave(
  outgoing: ClientRequest,
  { parts, response, source, detach }: Open,
  failure: Error | null,
): void {
  detach?.()
  if (parts.reuse === true && failure === null && response !== null) return release(outgoing, response)
  outgoing.destroy()
  source?.destroy()
}

/** An exchange of which nothing has happened yet. */
export const unseen = (start: number): Exchange => ({
  start,
  t0: start,
  dnsMs: null,
  tcpMs: null,
  tlsMs: null,
  connectMs: null,
  reused: false,
  awaitedProxy: null,
  forwardedBy: null,
  status: null,
  httpVersion: null,
  headers: {},
  headersAt: null,
  reads: [],
  bytes: [],
  text: '',
  end: 0,
  failure: null,
})

/** A request that is made, and the socket that it got. */
interface Made {
  outgoing: ClientRequest
  socket: Socket
}

/** Sends once the socket is usable and the request is due. */
function whenUsable({ outgoing, socket }: Made, call: Open, send: () => void): void {
  const { seen, parts } = call
  const { clock, dueAt, onSent, tap } = parts
  const begin = () => {
    const parse = readerOf(socket, call)
    const readAt = stampReads(socket, clock.now)
    const take = (bytes: Buffer) => {
      const at = readAt()
      tap?.onRead?.(at)
      seen.reads.push(at - seen.t0)
      seen.bytes.push(bytes.length)
      parse(bytes)
    }
    socket.on('data', take)
    // What is left of the answer is still parsed, so that its end is found.
    call.detach = () => {
      socket.off('data', take).on('data', parse)
      call.response?.once('end', () => socket.off('data', parse))
    }
    send()
    onSent()
  }
  const whenDue = async (at: number) => {
    await untilDue(at, clock)
    // It failed meanwhile, and the request has the error.
    if (socket.destroyed) return
    seen.t0 = clock.now()
    try {
      begin()
    } catch (error) {
      call.bug(error)
    }
  }
  stampOpening(socket, seen, {
    now: clock.now,
    reused: outgoing.reusedSocket,
    opened: () => {
      if (dueAt === undefined) begin()
      else void whenDue(dueAt)
    },
  })
}

/** Takes the head of an answer, and its body as it is read, up to its end. */
function receive(response: IncomingMessage, call: Open): void {
  const { seen, finish } = call
  const { onHead, onBody } = call.parts.tap ?? {}
  call.response = response
  const { statusCode: status = 0, headers, httpVersion } = response
  Object.assign(seen, {
    status,
    headers,
    httpVersion,
    headersAt: seen.reads.at(-1) ?? null,
    forwardedBy: seen.awaitedProxy,
    awaitedProxy: null,
  })
  onHead?.(status, headers)
  const body = status >= 200 && status < 300 ? eventsOf(call) : textBody()
  const source = decompressed(response)
  call.source = source
  const feed = (bytes: Buffer | null) => {
    const progress = body.feed(bytes)
    seen.text = body.text()
    if (progress === 'ended') finish(null, seen.reads.at(-1))
    else if (progress === 'too_long') finish(status < 300 ? tooLong() : null)
    else if (bytes === null) finish(null)
  }
  const take = onBody
    ? (bytes: Buffer | null) => {
        if (bytes !== null) onBody(bytes)
        feed(bytes)
      }
    : feed
  const guarded = (bytes: Buffer | null) => {
    try {
      take(bytes)
    } catch (error) {
      call.bug(error)
      finish(null)
    }
  }
  // Only the HTTP parser tells an agent that a socket is free.
  if (headers['transfer-encoding'] === 'chunked' && source === response && call.parts.reuse !== true)
    call.takeBody = takeChunks(guarded, finish)
  source.on('data', guarded)
  source.on('end', () => {
    guarded(null)
  })
  for (const stage of new Set([response, source])) stage.on('error', finish)
}

const tooLong = () =>
  Object.assign(new Error('the answer exceeds the limit of what is read'), { code: 'TOO_LONG' })

/** Passes on the events of a stream with the index of the read that completed each. */
function eventsOf({ seen, parts }: Open): Body {
  const read = () => Math.max(0, seen.reads.length - 1)
  return streamBody({
    onEvent: (event) => parts.onEvent(event, read()),
    onComment: () => {
      parts.onComment(read())
    },
    onLine: parts.onLine,
  })
}
