import { createHash } from 'node:crypto'
import type { Context } from 'hono'

/**
 * Answers with JSON, or with 304 if the caller has it. The ETag is of what the answer means: `of` leaves out what
 * changes with each call. It is weak, because the same answer may come compressed.
 */
export function taggedJson(context: Context, answer: unknown, of: unknown = answer): Response {
  const text = JSON.stringify(answer)
  const tagged = of === answer ? text : JSON.stringify(of)
  const known = notModifiedText(context, tagged)
  if (known !== null) return known
  const headers = headersOf(tagged)
  const length = String(Buffer.byteLength(text))
  return new Response(text, {
    headers: { ...headers, 'content-type': 'application/json', 'content-length': length },
  })
}

/** The answer to who has what is told by this, null to everybody else: nothing has to be worked out before. */
export const notModified = (context: Context, of: unknown): Response | null =>
  notModifiedText(context, JSON.stringify(of))

function notModifiedText({ req }: Context, tagged: string): Response | null {
  const headers = headersOf(tagged)
  return isKnown(headers.etag, req.header('if-none-match'))
    ? new Response(null, { status: 304, headers })
    : null
}

function headersOf(tagged: string) {
  const hash = createHash('sha256').update(tagged).digest('base64url')
  return { etag: `W/"${hash.slice(0, 22)}"`, 'cache-control': 'private, no-cache' }
}

/** Whether If-None-Match names the tag; a proxy may have made it a strong one. */
const isKnown = (etag: string, asked = ''): boolean =>
  asked
    .split(',')
    .map((each) => each.trim())
    .some((each) => each === '*' || each.replace(/^W\//, '') === etag.slice(2))
