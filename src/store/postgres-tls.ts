import { readFileSync } from 'node:fs'
import { type ConnectionOptions, createSecureContext } from 'node:tls'
import { codeOf, messageOf } from '../core/error.ts'
import { StoreError } from './store.ts'

/** How one attempt to connect uses TLS; false: not at all. */
export type Tls = ConnectionOptions | false

/** The ways to connect, of which the first that the server takes counts, and the URL without them. */
export interface TlsPlan {
  attempts: readonly [Tls, ...Tls[]]
  url: string
}

const modes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const
type Mode = (typeof modes)[number]

/**
 * TLS as psql reads a URL (postgresql.org/docs/current/libpq-ssl.html): `prefer` if it says nothing; `require`
 * encrypts without verifying the server, unless there is an `sslrootcert`. The driver alone would verify for
 * `require` too, and refuse Supabase's own authority. Of `verify-full` without `sslrootcert` the authorities
 * are Node's. Throws StoreError for what cannot be meant.
 */
export function planTls(text: string, defaultMode = 'prefer'): TlsPlan {
  const url = new URL(text)
  const given = (name: string): string | null => url.searchParams.get(name) || null
  const isSocket = /^(\/|%2f)/i.test(given('host') ?? url.hostname)
  const asked = given('sslmode') ?? (given('ssl') === null ? defaultMode : modeOfSsl(given('ssl') ?? ''))
  const [root, cert, key] = (['sslrootcert', 'sslcert', 'sslkey'] as const).map((name) =>
    name === 'sslrootcert' && given(name) === 'system' ? null : readPem(name, given(name)),
  )
  const mode = given('sslrootcert') === 'system' ? 'verify-full' : modeOf(asked)
  for (const name of ['sslmode', 'ssl', 'sslrootcert', 'sslcert', 'sslkey']) url.searchParams.delete(name)
  const options = { ...(root && { ca: root }), ...(cert && { cert }), ...(key && { key }) }
  checkPem(options)
  return { attempts: isSocket ? [false] : attemptsOf(mode, options), url: url.href }
}

const modeOfSsl = (ssl: string): string => (/^(0|false|off)$/i.test(ssl) ? 'disable' : 'require')

function modeOf(asked: string): Mode {
  // node-postgres' own word for what psql calls `require`.
  if (asked === 'no-verify') return 'require'
  const mode = modes.find((each) => each === asked)
  if (mode !== undefined) return mode
  throw new StoreError('invalid', `DATABASE_URL: sslmode is none of ${modes.join(', ')}.`)
}

function attemptsOf(mode: Mode, files: ConnectionOptions): TlsPlan['attempts'] {
  const unverified = { ...files, rejectUnauthorized: false }
  if (mode === 'verify-ca' && files.ca === undefined)
    throw new StoreError(
      'invalid',
      'DATABASE_URL: sslmode=verify-ca needs sslrootcert, the file with the certificate of the authority; ' +
        'verify-full without it trusts the public ones.',
    )
  const byMode: Readonly<Record<Mode, TlsPlan['attempts']>> = {
    disable: [false],
    allow: [false, unverified],
    prefer: [unverified, false],
    require: [files.ca === undefined ? unverified : withAnyName(files)],
    'verify-ca': [withAnyName(files)],
    'verify-full': [files],
  }
  return byMode[mode]
}

const withAnyName = (files: ConnectionOptions): ConnectionOptions => ({
  ...files,
  checkServerIdentity: () => undefined,
})

function readPem(name: string, file: string | null): string | null {
  if (file === null) return null
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new StoreError(
      'invalid',
      `DATABASE_URL: ${name} names ${file}, which cannot be read (${codeOf(error) ?? messageOf(error)}). ` +
        'Put the certificate there, or correct the path.',
    )
  }
}

function checkPem(options: ConnectionOptions): void {
  try {
    createSecureContext(options)
  } catch (error) {
    throw new StoreError(
      'invalid',
      `DATABASE_URL: sslrootcert, sslcert or sslkey is no certificate or key in PEM (${messageOf(error)}).`,
    )
  }
  if (typeof options.ca === 'string' && !options.ca.includes('-----BEGIN CERTIFICATE-----'))
    throw new StoreError('invalid', 'DATABASE_URL: sslrootcert names a file without a certificate in PEM.')
}

/** OpenSSL's and Node's codes of a handshake that failed. */
const misfit =
  /^(CERT_|CRL_|DEPTH_ZERO_|EPROTO|ERR_OSSL_|ERR_SSL_|ERR_TLS_|ERROR_IN_|HOSTNAME_|INVALID_|PATH_|SELF_SIGNED_|UNABLE_TO_)/

/**
 * What does not fit between the TLS that DATABASE_URL asks for and the server's, and what to do; null for any
 * other error.
 */
export function tlsMisfit(error: unknown): string | null {
  const [code, message] = [codeOf(error) ?? '', messageOf(error)]
  if (message === 'The server does not support SSL connections')
    return 'The server offers no TLS (SSL): set sslmode=prefer in DATABASE_URL, or disable, if the network is trusted.'
  if (message === 'There was an error establishing an SSL connection')
    return 'What answers there is no Postgres: check host and port of DATABASE_URL.'
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH')
    return `The certificate of the server is for another host (${message}): connect by the name that it is for, or set sslmode=verify-ca.`
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return `The certificate of the server is not valid now (${code}): renew it, or check the clock of this machine.`
  if (/^(DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|CERT_UNTRUSTED)/.test(code))
    return `The certificate of the server could not be verified (${code}): set sslrootcert in DATABASE_URL to the certificate of its authority, or sslmode=require to encrypt without verifying.`
  if (misfit.test(code))
    return `No TLS connection could be agreed on (${code}): check sslmode and the certificates of DATABASE_URL.`
  if (code === '28000' && /no encryption|SSL off/i.test(message))
    return `The server takes no connection without TLS from here (${message}): set sslmode=require in DATABASE_URL.`
  return null
}
