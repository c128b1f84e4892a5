import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { ErrorKind } from '../core/outcome.ts'
import { ourHeaders } from './headers.ts'
import type { Refused } from './parts.ts'

/** What a client is told that got no answer of an upstream. */
interface Problem extends Omit<Refused, 'status'> {
  status: Refused['status'] | 500 | 502 | 504
}

/** Answers with a problem as OpenAI writes errors, so that SDKs raise what they do for its own. */
export function sendProblem(
  response: ServerResponse,
  problem: Problem,
  { id, isCaptured = false }: { id: string; isCaptured?: boolean },
): void {
  const body = bodyOf(problem)
  response.writeHead(problem.status, { ...headersOf(problem, body), ...ourHeaders({ id, isCaptured }) })
  response.end(body)
}

const bodyOf = ({ status, code, message }: Problem): string =>
  JSON.stringify({
    error: { message, type: status >= 500 ? 'proxy_error' : 'invalid_request_error', param: null, code },
  })

const headersOf = ({ retryAfterS }: Problem, body: string): OutgoingHttpHeaders => ({
  'content-type': 'application/json',
  'content-length': Buffer.byteLength(body),
  ...(retryAfterS !== undefined && { 'retry-after': String(retryAfterS) }),
})

/** What came of an upstream that has not answered. Nothing that it, or the client, has said is in it. */
export function problemOf(kind: ErrorKind, host: string): Problem {
  const isLate = kind.startsWith('timeout_')
  const what = reasons[kind] ?? 'gave no answer that could be passed on'
  return { status: isLate ? 504 : 502, code: kind, message: `The upstream ${host} ${what}.` }
}

const reasons: Partial<Record<ErrorKind, string>> = {
  timeout_connect: 'could not be connected to in time',
  timeout_first_token: 'sent no byte in time',
  timeout_idle: 'sent nothing more in time',
  dns: 'was not found: its name was not resolved',
  connect: 'could not be reached',
  tls: 'accepted no TLS connection',
  reset: 'closed the connection without an answer. Whether it has worked on the request is not known',
  bad_request: 'was not asked: it is not at a public address. EGRESS_ALLOW opens a host',
  malformed: 'answered with something that is not HTTP',
  self: 'was not asked: a proxy on the way, or a character in a header, prevents it',
}

/**
 * Answers that a body is too large while it still arrives. The rest is read for a while and dropped: a socket that is
 * closed with unread bytes is reset, and the client would lose the answer.
 */
export function refuseBody(response: ServerResponse, problem: Problem, id: string): void {
  const { req: request } = response
  const body = bodyOf(problem)
  response.writeHead(problem.status, {
    ...headersOf(problem, body),
    connection: 'close',
    'x-firsttoken-id': id,
  })
  // Complete by its length, but not ended: that would close the socket.
  response.write(body)
  const end = () => response.end()
  const late = setTimeout(end, lastMs).unref()
  request.once('end', end).once('close', () => {
    clearTimeout(late)
    end()
  })
  request.resume()
}

/** How long the rest of a body is read that is too large, in ms. */
const lastMs = 2000
