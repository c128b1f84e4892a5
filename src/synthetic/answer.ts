import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import type { Clock } from '../core/clock.ts'
import { type Answer, type Frame, makeCompletion, makeFrames } from './chunks.ts'
import { type Fault, spoil } from './fault.ts'
import type { ChatRequest } from './request.ts'
import { makeScript, type Script } from './script.ts'
import { stamped } from './stamp.ts'

/** A client waiting for its answer. */
interface Stage {
  response: ServerResponse
  /** Waits until this many ms after the request; rejects with AbortError if the client disconnects. */
  until: (atMs: number) => Promise<void>
}

/** Answers one chat completion: every event in its own write, at its own time after the request. */
export async function answer(request: ChatRequest, response: ServerResponse, clock: Clock): Promise<void> {
  const stage = { response, until: waiter(response, clock) }
  const script = makeScript(request.seed, request.timing)
  const { fault, dialect } = request
  if (fault?.reply) {
    await stage.until(request.timing.headersMs ?? 0)
    sendReply(response, fault.reply)
    return
  }
  const about: Answer = {
    id: `chatcmpl-${request.seed.toString(16).padStart(8, '0')}`,
    model: request.model,
    created: Math.floor(clock.date().getTime() / 1000),
    promptTokens: request.promptTokens,
    includeUsage: request.includeUsage,
    finish: fault?.finish ?? script.finish,
    form: fault?.form,
  }
  if (request.stream)
    await stream(makeFrames(script, dialect, about), script, {
      stage,
      fault,
      id: about.id,
      stamp: request.stamp,
    })
  else if (fault?.ending === undefined) {
    await stage.until(script.endMs)
    sendReply(response, { status: 200, body: makeCompletion(script, dialect, about) })
  } else if (fault.ending !== 'open') response.socket?.resetAndDestroy()
}

/**
 * Times count from now. A time already past costs a turn of the event loop, so that no two events share a
 * write.
 */
function waiter(response: ServerResponse, clock: Clock): Stage['until'] {
  const start = clock.now()
  const signal = untilClosed(response)
  // One listener for the whole answer: one for each event took a tenth of what an event costs.
  let giveUp: (() => void) | null = null
  signal.addEventListener('abort', () => {
    giveUp?.()
  })
  return (atMs) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted()
      const wait = start + atMs - clock.now()
      const timer = wait > 0 ? setTimeout(resolve, Math.ceil(wait)) : void setImmediate(resolve)
      giveUp = () => {
        clearTimeout(timer)
        reject(signal.reason as Error)
      }
    })
}

/** Aborts when the client has left, or has its answer. */
export function untilClosed(response: ServerResponse): AbortSignal {
  const gone = new AbortController()
  if (response.destroyed) gone.abort()
  response.once('close', () => {
    gone.abort()
  })
  return gone.signal
}

/** Sends a whole response. */
export function sendReply(response: ServerResponse, reply: NonNullable<Fault['reply']>): void {
  const { status, body, headers } = reply
  const isText = typeof body === 'string'
  const text = isText ? body : JSON.stringify(body)
  const type = { 'content-type': isText ? 'text/plain' : 'application/json' }
  response.writeHead(status, { ...type, ...headers, 'content-length': Buffer.byteLength(text) }).end(text)
}

type How = { stage: Stage; fault: Fault | null; id: string; stamp: boolean }

async function stream(all: Frame[], script: Script, { stage, fault, id, stamp }: How): Promise<void> {
  const { response, until } = stage
  const frames = fault ? spoil(all, fault) : all
  if (frames.length > 0) {
    await until(script.headersMs)
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'x-request-id': id,
      ...(fault?.gzip ? { 'content-encoding': 'gzip' } : {}),
    })
    response.flushHeaders()
  }
  if (fault?.gzip) {
    await until(script.endMs)
    response.end(gzipSync(frames.map(({ text }) => text).join('')))
    return
  }
  for (const { atMs, text } of frames) {
    await until(atMs)
    if (stamp) writeStamped(response, text)
    else response.write(text)
  }
  await end(stage, { ending: fault?.ending, atMs: frames.at(-1)?.atMs ?? 0 })
}

/** Writes an event with the time of its write in it: it has to be sent now, not at the end of this turn. */
function writeStamped(response: ServerResponse, text: string): void {
  response.write(stamped(text))
  response.socket?.uncork()
}

/** Time for the client to read what was sent, in ms: a reset discards the rest. */
const beforeReset = 50

async function end(
  { response, until }: Stage,
  last: { ending: Fault['ending']; atMs: number },
): Promise<void> {
  switch (last.ending) {
    case 'open':
      return
    case 'fin':
      response.socket?.end()
      return
    case 'reset':
      await until(last.atMs + beforeReset)
      response.socket?.resetAndDestroy()
      return
    case undefined:
      response.end()
  }
}
