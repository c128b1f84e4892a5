import type { ErrorKind } from '../core/outcome.ts'
import type { Exchange } from '../net/wire.ts'
import type { Cause } from './cause.ts'
import type { ProviderError } from './provider-error.ts'

/** Failures of opening a socket, by the system call or code that they carry. */
const whileOpening: readonly (readonly [RegExp, ErrorKind])[] = [
  // The egress guard: a base URL that may not be called, which says nothing of who would answer there.
  [/EGRESS_REFUSED/, 'bad_request'],
  [/getaddrinfo|ENOTFOUND|EAI_/, 'dns'],
  [/ERR_INVALID_CHAR/, 'self'],
  [/SSL|TLS|CERT|SIGNATURE|EPROTO/, 'tls'],
]

/** Bytes that are no HTTP, no valid compression, or without end. */
const garbage = /^(HPE_|Z_|ERR__ERROR_FORMAT|ERR_ZLIB|ERR_ZSTD|ZSTD_|TOO_LONG)/

/** Why no response came, by how far opening the socket got. */
export function neverAnswered({ failure, connectMs, tcpMs }: Exchange): Cause {
  const { code = '', syscall = '' } = failure ?? {}
  const error = failure && said(failure)
  if (connectMs !== null) return { kind: garbage.test(code) ? 'malformed' : 'reset', error }
  const known = whileOpening.find(([pattern]) => pattern.test(`${syscall} ${code}`))?.[1]
  return { kind: known ?? (tcpMs === null ? 'connect' : 'tls'), error }
}

/** Why a stream has no proper end: garbage, a reset by the peer, or a close before its time. */
export function cutOff({ failure }: Exchange): Cause {
  if (failure === null) return { kind: 'truncated', error: null }
  const broken = failure.syscall === undefined ? 'truncated' : 'reset'
  return { kind: garbage.test(failure.code ?? '') ? 'malformed' : broken, error: said(failure) }
}

/** What the socket says; where several addresses failed, each of them. */
function said(failure: NodeJS.ErrnoException): ProviderError {
  const several = failure instanceof AggregateError ? failure.errors.map(String).join('; ') : ''
  const message = failure.message || several || null
  return { code: failure.code ?? null, type: null, message, requestId: null }
}
