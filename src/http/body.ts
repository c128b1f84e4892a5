import type { Context } from 'hono'
import { refuse } from './problem-details.ts'

/** The text of a body; null if it has more than so many bytes, of which no more are read. */
export async function bodyText({ body }: Request, mostBytes: number): Promise<string | null> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of body ?? []) {
    size += part.length
    if (size > mostBytes) return null
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

/**
 * Refuses a longer body, by its announced length or as soon as more has come. Hono's own limit copies the `Request`, which
 * fails with that of a server (`overrideGlobalObjects` in listen.ts): for a body without a length, and for none.
 */
export const limitBody =
  (mostBytes: number) =>
  async ({ req }: Context, next: () => Promise<void>): Promise<Response | void> => {
    const { url, method, headers, signal } = req.raw
    const tooLarge = () => refuse('too_large', `the body must not have more than ${mostBytes} bytes`)
    if (Number(headers.get('content-length') ?? 0) > mostBytes) return tooLarge()
    if (req.raw.body === null) return next()
    try {
      const body = await bodyText(req.raw, mostBytes)
      if (body === null) return tooLarge()
      req.raw = new Request(url, { method, headers, signal, body })
    } catch {
      return refuse('invalid_json', 'the body ended too early')
    }
    return next()
  }
