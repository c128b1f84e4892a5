import { createHash, timingSafeEqual } from 'node:crypto'
import { problem } from './problem.ts'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Whether two texts are the same, in constant time: digests are compared, of equal length whatever was sent. */
export const isSame = (given: string, expected: string): boolean =>
  timingSafeEqual(digest(given), digest(expected))

/**
 * Whether a request carries `Authorization: Bearer <secret>`. Without a secret nothing is accepted: `Bearer
 * undefined` must not open a door.
 */
export function hasSecret(request: Request, secret: string | null): boolean {
  if (secret === null || secret === '') return false
  const given = request.headers.get('authorization') ?? ''
  return isSame(given, `Bearer ${secret}`)
}

/** The answer to a request without the secret; null if it has it. */
export function refuseStranger(request: Request, secret: string | null): Response | null {
  if (secret === null)
    return problem(
      500,
      'no_cron_secret',
      'CRON_SECRET is not set: set it (16 characters or more) and send it as a bearer token',
    )
  if (hasSecret(request, secret)) return null
  return problem(401, 'unauthorized', 'send the header Authorization: Bearer <CRON_SECRET>')
}
