import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ConfiguredProvider } from '../core/provider.ts'
import type { ProxyPath, ProxyRecord } from '../core/proxy-record.ts'
import { egressTo } from '../net/egress.ts'
import { unseen } from '../net/wire.ts'
import { Stop } from '../probe/deadlines.ts'
import { openStream } from '../probe/stream.ts'
import { usageOf } from '../probe/tokens.ts'
import { type Delays, delaysOf } from '../probe/trust.ts'
import { type Asked, readAsked } from './asked.ts'
import { isCaptured, toText } from './capture.ts'
import { edited } from './edit.ts'
import { forward } from './forward.ts'
import { hopsOf, mostHops, upstreamHeaders } from './headers.ts'
import type { Admitted, ProxyParts, Refused, Upstream } from './parts.ts'
import type { Passage } from './passage.ts'
import { refuseBody } from './problem.ts'
import { isDeclaredLarger, readBody } from './read-body.ts'
import { secretsIn } from './secrets.ts'
import { toRecord } from './to-record.ts'

/** A request for a completion. */
export interface Completion {
  request: IncomingMessage
  response: ServerResponse
  /** `clock.now()` when its first bytes arrived. */
  start: number
  id: string
  path: ProxyPath
  /** What follows the `?` of its URL, which goes upstream. */
  query: string
  /** The client sends its body when it is told to go on. */
  awaitsContinue: boolean
  refuse: (problem: Refused) => void
}

/** Takes a request for a completion from its headers to its record. Whoever may not ask is told so before the body is read. */
export async function complete(asked: Completion, parts: ProxyParts): Promise<void> {
  const { request, response, query, refuse } = asked
  const { headers } = request
  if (!isJson(headers['content-type'] ?? '')) return refuse(noJson)
  if (hopsOf(headers) >= mostHops) return refuse(loop)
  const enteredAt = parts.clock.now()
  const visitor = await parts.enter({ headers, query })
  if ('status' in visitor) return refuse(visitor)
  const waited = parts.clock.now() - enteredAt
  if (asked.awaitsContinue && !isDeclaredLarger(request, parts.mostBody)) response.writeContinue()
  const body = await readBody(request, parts.mostBody)
  if (body === 'left') return recordLeft(asked, parts)
  if (body === 'too_large') {
    const problem = { ...tooLarge, message: `The body is larger than ${parts.mostBody} bytes.` }
    parts.onRefused(problem)
    return refuseBody(response, problem, asked.id)
  }
  // It may have been there all the while: what it waited for the database is ours, not the client's.
  const bodyAt = parts.clock.now() - waited
  const said = readAsked(body)
  const upstream = await parts.route({ model: said.model, path: asked.path })
  if ('problem' in upstream) return refuse(upstream.problem)
  const admitted = visitor.admit(upstream)
  if ('status' in admitted) return refuse(admitted)
  await pass(asked, { body, bodyAt, said, upstream, admitted }, parts)
}

/** Whether a content type is that of JSON; nearly every client writes it so. */
const isJson = (type: string): boolean =>
  type === 'application/json' || /^application\/json\s*(;|$)/i.test(type)

/** A request whose body has arrived; of what brought it only the headers matter. */
export interface Arrived extends Omit<Completion, 'request' | 'refuse' | 'awaitsContinue'> {
  request: Pick<IncomingMessage, 'headers'>
}

/** What passing a request on takes. */
export type PassParts = Pick<
  ProxyParts,
  | 'clock'
  | 'env'
  | 'socket'
  | 'egressAllow'
  | 'region'
  | 'lag'
  | 'timeouts'
  | 'passesOn'
  | 'captureShare'
  | 'priceOf'
  | 'onBegin'
  | 'onRecord'
  | 'onBug'
>

/** What is known of a request that goes on. */
interface Known {
  body: Buffer
  bodyAt: number
  said: Asked
  upstream: Upstream
  admitted: Admitted
}

/** Passes a request on to its upstream, and the answer back, until both sides are over; gives its record. */
export async function pass(asked: Arrived, known: Known, parts: PassParts): Promise<ProxyRecord> {
  const { said, upstream, admitted } = known
  const { provider, model } = upstream
  const { body, injected } = edited(known.body, said, {
    model,
    wantsUsage: provider.entry.streamOptions !== false,
  })
  const passage = Object.assign(begun(asked, { said, upstream }, parts), {
    admitted,
    requestBytes: known.body.length,
    bodyAt: known.bodyAt,
    injectedUsage: injected,
    isCaptured: isCaptured(asked, parts.captureShare ?? 0),
  })
  const over = beginSoon(() => parts.onBegin(upstream), parts.onBug)
  const watch = parts.lag.watch()
  const url = urlOf(provider, asked)
  const headers = upstreamHeaders(asked.request.headers, admitted)
  const egress = egressTo(provider, parts.egressAllow)
  try {
    await forward({ url, headers, body, egress, passage, watch }, asked.response, parts)
    const { exchange, stream } = passage
    const delays = delaysOf({ exchange, stream, closedByUs: false }, watch)
    const made = await record(asked, { passage, delays }, parts)
    admitted.charge(made.costUsd)
    return made
  } finally {
    over()
  }
}

/** Tells that a request has begun when it has been sent, which does not wait for that; what is returned ends it. */
function beginSoon(begin: () => () => void, onBug: ProxyParts['onBug']): () => void {
  let over: (() => void) | null = null
  const soon = setImmediate(() => {
    try {
      over = begin()
    } catch (error) {
      onBug(error)
    }
  })
  return () => {
    clearImmediate(soon)
    over?.()
  }
}

/** URLs of calls without a query, by provider and path: making one takes 20 us. */
const urls = new WeakMap<ConfiguredProvider, Map<ProxyPath, URL>>()

function urlOf(provider: ConfiguredProvider, { path, query }: Pick<Arrived, 'path' | 'query'>): URL {
  const plain = `${provider.baseUrl}${callPaths[path]}`
  if (query !== '') return new URL(`${plain}?${query}`)
  const known = urls.get(provider) ?? new Map<ProxyPath, URL>()
  const url = known.get(path) ?? new URL(plain)
  urls.set(provider, known.set(path, url))
  return url
}

const callPaths: Readonly<Record<ProxyPath, string>> = {
  chat: '/chat/completions',
  completions: '/completions',
}

/** A client that left while its body arrived: its upstream is not known yet, so it counts for our own. */
async function recordLeft(asked: Completion, parts: ProxyParts): Promise<void> {
  const upstream = await parts.route({ model: null, path: asked.path })
  if ('problem' in upstream) return
  const said = readAsked(Buffer.alloc(0))
  const passage = { ...begun(asked, { said, upstream }, parts), left: 'body' as const }
  passage.endAt = parts.clock.now()
  passage.exchange.failure = new Stop('aborted')
  await record(asked, { passage, delays: unobserved }, parts)
}

const unobserved: Delays = { lagMaxMs: null, lagP99Ms: null, lagFirstTokenMs: null }

async function record(
  { request, query }: Pick<Arrived, 'request' | 'query'>,
  { passage, delays }: { passage: Passage; delays: Delays },
  { priceOf, region, onRecord }: Pick<ProxyParts, 'priceOf' | 'region' | 'onRecord'>,
): Promise<ProxyRecord> {
  const { upstream, stream } = passage
  const keys = [upstream.provider.key, ...secretsIn(request.headers, query)]
  const usage = await usageOf(stream)
  const made = toRecord({ passage, usage, delays, price: priceOf(upstream), region, keys })
  onRecord(made, passage.isCaptured ? toText(passage, keys) : null)
  return made
}

/** A passage that has just begun. */
function begun(
  asked: Arrived,
  { said, upstream }: { said: Asked; upstream: Upstream },
  { clock }: Pick<ProxyParts, 'clock'>,
): Passage {
  const { request, start, path } = asked
  const attempt = request.headers['x-stainless-retry-count']
  return {
    get id() {
      return asked.id
    },
    path,
    receivedAt: new Date(clock.date().getTime() - (clock.now() - start)),
    start,
    attempt: typeof attempt === 'string' && /^\d{1,3}$/.test(attempt) ? Number(attempt) : null,
    asked: said,
    upstream,
    admitted: null,
    requestBytes: 0,
    bodyAt: null,
    injectedUsage: false,
    isCaptured: false,
    exchange: unseen(clock.now()),
    stream: openStream(),
    isStream: false,
    coding: null,
    isSent: false,
    upstreamEndAt: null,
    status: null,
    responseBytes: 0,
    firstWrittenAt: null,
    lastWrittenAt: null,
    firstTokenWrittenAt: null,
    pausedAt: null,
    stalledMs: 0,
    left: null,
    endAt: start,
  }
}

const noJson: Refused = {
  status: 415,
  code: 'no_json',
  message: 'Send the body as Content-Type: application/json.',
}
const loop: Refused = {
  status: 508,
  code: 'loop',
  message: `The request has come through ${mostHops} of these proxies: one of them has another, or itself, as its upstream.`,
}
const tooLarge = { status: 413, code: 'body_too_large' } as const
