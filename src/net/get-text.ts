import http from 'node:http'
import https from 'node:https'
import { addAbortSignal, type Readable } from 'node:stream'
import { decompressed } from './body.ts'
import { type Egress, EgressError, guard } from './egress.ts'
import { expectAnswer } from './expect-answer.ts'
import { ProxyError } from './proxy.ts'
import { credentialProblem, needsCredentials, wayTo } from './way.ts'

/** How to make a plain request. */
export interface GetParts {
  headers?: Readonly<Record<string, string>>
  /** Sent by POST; without one it is a GET. */
  body?: string
  /** Read for HTTP_PROXY, HTTPS_PROXY and NO_PROXY. */
  env: NodeJS.ProcessEnv
  /** For the whole exchange, including the body. */
  timeoutMs: number
  /** Aborts it. */
  signal?: AbortSignal
  /** Longer bodies are refused. */
  mostBytes?: number
  egress: Egress | 'trusted'
}

/** A complete response, whatever its status. */
export interface TextAnswer {
  status: number
  headers: http.IncomingHttpHeaders
  text: string
}

/**
 * Why there is no response, as the rest of a sentence that names the URL: "did not answer within 10 s".
 * `status` is null if none arrived.
 */
export interface NoAnswer {
  problem: string
  status: number | null
  /** The egress guard does not let it out. */
  refused?: true
}

/** Twenty times the longest listing seen (0.7 MB). */
const defaultMostBytes = 16 * 2 ** 20

/** Fetches a URL, once, without following redirects. Never rejects: failures are values. */
export async function getText(url: URL, parts: GetParts): Promise<TextAnswer | NoAnswer> {
  const timeout = AbortSignal.timeout(parts.timeoutMs)
  const signal = parts.signal ? AbortSignal.any([parts.signal, timeout]) : timeout
  let status: number | null = null
  try {
    const response = await send(url, { ...parts, signal })
    status = response.statusCode ?? 0
    if (status === needsCredentials) throw new ProxyError('PROXY_REFUSED', `a proxy ${credentialProblem}`)
    const text = await textOf(
      addAbortSignal(signal, decompressed(response)),
      parts.mostBytes ?? defaultMostBytes,
    )
    if (text === null) return { problem: 'answered with more than we read', status }
    return { status, headers: response.headers, text }
  } catch (error) {
    return {
      problem: timeout.aborted ? `did not answer within ${parts.timeoutMs / 1000} s` : reasonOf(error),
      status,
      ...(error instanceof EgressError && { refused: true }),
    }
  }
}

async function send(
  url: URL,
  { headers, body, env, signal, egress }: GetParts,
): Promise<http.IncomingMessage> {
  const guarded = guard(url, egress, env)
  if (guarded instanceof Error) throw guarded
  const { route } = wayTo(url, env, { signal })
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>()
  const scheme = url.protocol === 'https:' ? https : http
  const request = scheme
    .request(url, {
      method: body === undefined ? 'GET' : 'POST',
      ...guarded,
      ...route,
      headers: { 'accept-encoding': 'identity', 'user-agent': 'firsttoken', ...headers, ...route.headers },
      ...(signal && { signal }),
    })
    .once('response', resolve)
    .once('error', reject)
  expectAnswer(request, reject)
  request.end(body)
  return promise
}

async function textOf(body: Readable, mostBytes: number): Promise<string | null> {
  const parts: Buffer[] = []
  let size = 0
  try {
    for await (const part of body as AsyncIterable<Buffer>) {
      size += part.length
      if (size > mostBytes) return null
      parts.push(part)
    }
  } finally {
    // Its last stage may end before the others have done their work.
    body.destroy()
  }
  return Buffer.concat(parts).toString('utf8')
}

/**
 * The socket's error. A host with several addresses fails with a list of errors and no message of its own.
 */
function reasonOf(error: unknown): string {
  const cause: unknown = error instanceof AggregateError ? error.errors[0] : error
  if (cause instanceof EgressError) return `is not made: ${cause.message}; EGRESS_ALLOW opens a host`
  if (cause instanceof ProxyError) return `could not be called: ${cause.message}`
  const { code, message } = cause as NodeJS.ErrnoException
  const text = message || code || String(cause)
  return code === 'ENOTFOUND' || code === 'EAI_AGAIN'
    ? `could not be found (${code})`
    : `could not be reached (${text})`
}
