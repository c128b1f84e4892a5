import { getText, type GetParts, type NoAnswer, type TextAnswer } from './get-text.ts'
import { redact } from './redact.ts'

/** The JSON at a URL; or why there is none, as the end of a sentence that names the URL: "answered HTTP 500". */
export type JsonAnswer = { body: unknown } | NoAnswer

/** What asking for JSON needs: beside the rest, the keys that no answer may repeat. */
type JsonParts = GetParts & { keys?: readonly (string | null)[] }

/** Asks for JSON, once, following no redirect. What the world does is an answer; nothing rejects. */
export async function getJson(url: URL, { keys = [], ...parts }: JsonParts): Promise<JsonAnswer> {
  const answer = await getText(url, {
    ...parts,
    headers: { accept: 'application/json', ...parts.headers },
  })
  return 'problem' in answer ? answer : read(answer, keys)
}

function read({ text, status, headers }: TextAnswer, keys: readonly (string | null)[]): JsonAnswer {
  if (status >= 300 && status < 400)
    return {
      problem: `answered HTTP ${status}, a redirect to ${headers.location ?? 'nowhere'}, which is not followed`,
      status,
    }
  if (status < 200 || status >= 300) return { problem: `answered HTTP ${status}${start(text, keys)}`, status }
  try {
    return { body: JSON.parse(text.replace(/^\uFEFF/, '')) as unknown }
  } catch {
    const type = headers['content-type']?.split(';')[0] ?? 'no content type'
    return { problem: `answered with something that is no JSON (${type})${start(text, keys)}`, status }
  }
}

/** The beginning of a body that nobody vouches for, on one line. Keys go before it is cut: half a key is not found. */
function start(body: string, keys: readonly (string | null)[]): string {
  const line = redact(body, keys).replaceAll(/\s+/g, ' ').trim()
  return line === '' ? '' : `: ${line.length > 160 ? `${line.slice(0, 160)}…` : line}`
}
