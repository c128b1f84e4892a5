import { getText, type GetParts, type NoAnswer, type TextAnswer } from './get-text.ts'
import { redact } from './redact.ts'

/**
 * The JSON at a URL; or what went wrong, as the rest of a sentence that names the URL: "answered HTTP 500".
 */
export type JsonAnswer = { body: unknown } | NoAnswer

/** The parts of a JSON request; `keys` are redacted from problems. */
type JsonParts = GetParts & { keys?: readonly (string | null)[] }

/** Fetches JSON, once, without following redirects. Never rejects: failures are values. */
export async function getJson(url: URL, { keys = [], ...parts }: JsonParts): Promise<JsonAnswer> {
  const answer = await getText(url, {
    ...parts,
    headers: { accept: 'application/json', ...parts.headers },
  })
  return 'problem' in answer ? answer : read(answer, keys)
}

function read({ text, status, headers }: TextAnswer, keys: readonly (string | null)[]): JsonAnswer {
  if (status >= 300 && status < 400) {
    const target = headers.location ?? 'nowhere'
    return { problem: `answered HTTP ${status}, a redirect to ${target}, which is not followed`, status }
  }
  if (status < 200 || status >= 300) return { problem: `answered HTTP ${status}${start(text, keys)}`, status }
  try {
    return { body: JSON.parse(text.replace(/^\uFEFF/, '')) as unknown }
  } catch {
    const type = headers['content-type']?.split(';')[0] ?? 'no content type'
    return { problem: `answered with something that is not JSON (${type})${start(text, keys)}`, status }
  }
}

/**
 * The start of an untrusted body, on one line. Keys are redacted before the cut: half a key would not be
 * found.
 */
function start(body: string, keys: readonly (string | null)[]): string {
  const line = redact(body, keys).replaceAll(/\s+/g, ' ').trim()
  return line === '' ? '' : `: ${line.length > 160 ? `${line.slice(0, 160)}…` : line}`
}
