import { createHash } from 'node:crypto'
import type { Context } from 'hono'

/**
 * Answers with JSON, or with 304 if the caller has it. The ETag is of what the answer means: `of` leaves out what
 * changes with each call. It is weak, because the same answer may come compressed.
 */
export function taggedJson(context: Context, answer: unknown, of: unknown = answer): Response {
  const text = JSON.stringify(answer)
  const meaning = of === answer ? text : JSON.stringify(of)
  return tagged(context, text, { of: meaning, type: 'application/json' })
}

/** The same with a text of any type. */
export function tagged(
  context: Context,
  text: string,
  { of, type, headers = {} }: { of: string; type: string; headers?: Record<string, string> },
): Response {
  const known = notModified(context, of)
  if (known !== null) return known
  const length = String(Buffer.byteLength(text))
  return new Response(text, {
    headers: { ...headersOf(of), ...headers, 'content-type': type, 'content-length': length },
  })
}

/** The answer to who has what is told by this, null to everybody else: nothing has to be worked out before. */
export function notModified({ req }: Context, of: string): Response | null {
  const headers = headersOf(of)
  return isKnown(headers.etag, req.header('if-none-match'))
    ? new Response(null, { status: 304, headers })
    : null
}

const headersOf = (of: string) => ({ etag: `W/${strongTag(of)}`, 'cache-control': 'private, no-cache' })

/** The tag of an answer that is the same byte for byte. */
export const strongTag = (of: string | Uint8Array): string =>
  `"${createHash('sha256').update(of).digest('base64url').slice(0, 22)}"`

/** Whether If-None-Match names the tag; a proxy may have made it a strong or a weak one. */
export const isKnown = (etag: string, asked = ''): boolean =>
  asked
    .split(',')
    .map((each) => each.trim())
    .some((each) => each === '*' || bare(each) === bare(etag))

const bare = (etag: string): string => etag.replace(/^W\//, '')
