import { hash, randomBytes } from 'node:crypto'
import { redact } from '../net/redact.ts'

/** A proxy token: 32 random bytes after a prefix, which tells it from every provider's key. */
const shape = /^ftp_[\w-]{43}$/
const prefix = 'ftp_'

/** A new token, and what is kept of it. */
export interface NewToken {
  /** Shown once, and never kept. */
  token: string
  hash: string
  /** Its last four characters. */
  hint: string
}

/** Makes a token. */
export function makeToken(): NewToken {
  const token = `${prefix}${randomBytes(32).toString('base64url')}`
  return { token, hash: hashOf(token), hint: token.slice(-4) }
}

/** SHA-256 in hex. A token is looked up by it, which tells nothing of it by the time that takes. */
export const hashOf = (text: string): string => hash('sha256', text)

/** Whether a credential is meant as a proxy token: it never goes upstream then. */
export const isMeantAsToken = (credential: string): boolean => credential.startsWith(prefix)

/** Whether it could be one that was made here. */
export const isToken = (credential: string): boolean => shape.test(credential)

/** Whether a token stands anywhere in a text. */
export const holdsToken = (text: string): boolean => text.includes(prefix) && /ftp_[\w-]{43}/.test(text)

/** What is wrong with the name of a token; null if nothing is. It is shown and kept, so it is no key. */
export function nameProblem(name: string): string | null {
  if (!/\S/.test(name) || name.length > 64 || /\p{C}/u.test(name))
    return 'must be a name of up to 64 characters'
  return redact(name, []) === name ? null : 'must be a name, not a key or a token'
}
