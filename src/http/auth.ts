import { createHash, timingSafeEqual } from 'node:crypto'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/**
 * Whether a request carries `Authorization: Bearer <secret>`. Digests are compared, in constant time and of equal length
 * whatever was sent. Without a secret nothing is accepted: `Bearer undefined` must not open a door.
 */
export function hasSecret(request: Request, secret: string | null): boolean {
  if (secret === null || secret === '') return false
  const given = request.headers.get('authorization') ?? ''
  return timingSafeEqual(digest(given), digest(`Bearer ${secret}`))
}
