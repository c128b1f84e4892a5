import { getText, type GetParts, type NoAnswer, type TextAnswer } from './get-text.ts'

/** The JSON at a URL; or why there is none, as the end of a sentence that names the URL: "answered HTTP 500". */
export type JsonAnswer = { body: unknown } | NoAnswer

/** Asks for JSON, once, following no redirect. What the world does is an answer; nothing rejects. */
export async function getJson(url: URL, parts: GetParts): Promise<JsonAnswer> {
  const answer = await getText(url, {
    ...parts,
    headers: { accept: 'application/json', ...parts.headers },
  })
  return 'problem' in answer ? answer : read(answer)
}

function read({ text, status, headers }: TextAnswer): JsonAnswer {
  if (status >= 300 && status < 400)
    return {
      problem: `answered HTTP ${status}, a redirect to ${headers.location ?? 'nowhere'}, which is not followed`,
      status,
    }
  if (status < 200 || status >= 300) return { problem: `answered HTTP ${status}${start(text)}`, status }
  try {
    return { body: JSON.parse(text.replace(/^\uFEFF/, '')) as unknown }
  } catch {
    const type = headers['content-type']?.split(';')[0] ?? 'no content type'
    return { problem: `answered with something that is no JSON (${type})${start(text)}`, status }
  }
}

/** The beginning of a body that nobody vouches for, on one line. */
function start(body: string): string {
  const line = body.replaceAll(/\s+/g, ' ').trim()
  return line === '' ? '' : `: ${line.length > 160 ? `${line.slice(0, 160)}…` : line}`
}
