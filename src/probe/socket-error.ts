import { codeOf } from '../core/error.ts'
import type { ErrorKind } from '../core/outcome.ts'
import type { Exchange } from '../net/wire.ts'
import type { Cause } from './cause.ts'
import { inWords, type ProviderError } from './provider-error.ts'

/** Failures of opening a socket, by the system call or code that they carry. */
const whileOpening: readonly (readonly [RegExp, ErrorKind])[] = [
  // The egress guard: a refused base URL, which says nothing about the server there.
  [/EGRESS_REFUSED/, 'bad_request'],
  [/getaddrinfo|ENOTFOUND|EAI_/, 'dns'],
  [/ERR_INVALID_CHAR/, 'self'],
  [/SSL|TLS|CERT|SIGNATURE|EPROTO/, 'tls'],
]

/** Invalid HTTP, invalid compression, or an endless body. */
const garbage = /^(HPE_|Z_|ERR__ERROR_FORMAT|ERR_ZLIB|ERR_ZSTD|ZSTD_|TOO_LONG)/

/** A call that its proxy let not through: our side of the way, because the provider was never asked. */
export function keptByProxy({ awaitedProxy, failure }: Exchange): Cause {
  if (!failure?.code?.startsWith('PROXY_'))
    return { kind: 'self', error: inWords(`${awaitedProxy} passed on no answer`, failure?.code) }
  return { kind: 'self', error: inWords(failure.message, codeOf(failure.cause) ?? failure.code) }
}

/** Why there was no response, by how far opening the socket got. */
export function neverAnswered(exchange: Exchange): Cause {
  const { failure, connectMs, tcpMs, awaitedProxy } = exchange
  const { code = '', syscall = '' } = failure ?? {}
  if (awaitedProxy !== null || code.startsWith('PROXY_')) return keptByProxy(exchange)
  const error = failure && reportOf(failure)
  if (connectMs !== null) return { kind: garbage.test(code) ? 'malformed' : 'reset', error }
  const known = whileOpening.find(([pattern]) => pattern.test(`${syscall} ${code}`))?.[1]
  return { kind: known ?? (tcpMs === null ? 'connect' : 'tls'), error }
}

/**
 * Why a stream has no proper end: garbage, a reset by the peer, or a premature close; then what could not be
 * read is quoted.
 */
export function cutOff({ failure }: Exchange, unread: ProviderError | null): Cause {
  if (failure === null) return { kind: 'truncated', error: unread }
  const broken = failure.syscall === undefined ? 'truncated' : 'reset'
  return { kind: garbage.test(failure.code ?? '') ? 'malformed' : broken, error: reportOf(failure) }
}

/** The socket's error; if several addresses failed, all of theirs. */
function reportOf(failure: NodeJS.ErrnoException): ProviderError {
  const several = failure instanceof AggregateError ? failure.errors.map(String).join('; ') : ''
  return inWords(failure.message || several || null, failure.code)
}
