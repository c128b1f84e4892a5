import { createHash } from 'node:crypto'
import type { Context } from 'hono'

/**
 * Answers with JSON, or with 304 if the caller has it. The ETag is of what the answer means: `of` leaves out what
 * changes with each call. It is weak, because the same answer may come compressed.
 */
export function taggedJson({ req }: Context, answer: unknown, of: unknown = answer): Response {
  const text = JSON.stringify(answer)
  const hash = createHash('sha256').update(of === answer ? text : JSON.stringify(of))
  const etag = `W/"${hash.digest('base64url').slice(0, 22)}"`
  const headers = { etag, 'cache-control': 'private, no-cache' }
  if (isKnown(etag, req.header('if-none-match'))) return new Response(null, { status: 304, headers })
  const length = String(Buffer.byteLength(text))
  return new Response(text, {
    headers: { ...headers, 'content-type': 'application/json', 'content-length': length },
  })
}

/** Whether If-None-Match names the tag; a proxy may have made it a strong one. */
const isKnown = (etag: string, asked = ''): boolean =>
  asked
    .split(',')
    .map((each) => each.trim())
    .some((each) => each === '*' || each.replace(/^W\//, '') === etag.slice(2))
