import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { asObject } from '../core/json.ts'
import type { ProxyMessage, ProxyText } from '../core/proxy-text.ts'
import { cut } from '../core/text.ts'
import { redact } from '../net/redact.ts'
import type { Passage } from './passage.ts'
import { secretsIn } from './secrets.ts'

/** The header by which a client refuses that texts are kept, and by which it is told that they are. */
export const captureHeader = 'x-firsttoken-capture'

/** More keys than this are not looked for: 64 KiB take half a millisecond for each. */
const mostKeys = 64

/**
 * Whether the texts of a request are kept: of this share of all, from 0 to 1, chosen by a hash of the id, so that it can be
 * told again which. A client that names the header refuses, unless it says `1`. Texts in which not every key can be looked for are
 * not kept.
 */
export function isCaptured(
  asked: { id: string; request: { headers: IncomingHttpHeaders }; query: string },
  share: number,
): boolean {
  const { headers } = asked.request
  if (share === 0 || (headers[captureHeader] ?? '1') !== '1') return false
  if (secretsIn(headers, asked.query).length > mostKeys) return false
  return createHash('sha256').update(asked.id).digest().readUInt32BE() / 2 ** 32 < share
}

/** Bytes kept of all messages together, of the answer and of its reasoning. */
const mostBytes = 64 * 1024

type Keys = readonly (string | null)[]

/** The texts of a request that is over. */
export function toText({ id, receivedAt, asked, stream }: Passage, keys: Keys): ProxyText {
  const clean = (text: string) => cut(redact(text, keys, mostBytes), mostBytes)
  return {
    requestId: id,
    capturedAt: receivedAt,
    messages: newestOf(asked.fields ?? {}, keys),
    answerText: clean(stream.text),
    reasoningText: clean(stream.reasoning),
  }
}

/** What a message takes besides its content, in bytes: there are a thousand at most. */
const perMessage = 64

/** The newest messages that fit, of the oldest of them its beginning: what was said before is in earlier requests. */
function newestOf({ messages, prompt }: Record<string, unknown>, keys: Keys): ProxyMessage[] {
  const all = Array.isArray(messages) ? messages : prompt === undefined ? [] : [promptOf(prompt)]
  const kept: ProxyMessage[] = []
  let left = mostBytes
  for (let at = all.length - 1; at >= 0 && left > 0; at -= 1) {
    const { role, content }: Record<string, unknown> = asObject(all[at]) ?? { content: all[at] }
    const text = cut(redact(textOf(content), keys, mostBytes), left)
    kept.unshift({ role: typeof role === 'string' ? redact(role, keys, mostRole) : null, content: text })
    left -= Buffer.byteLength(text) + perMessage
  }
  return kept
}

/** Characters of a role. */
const mostRole = 40

/** A prompt of completions as a message; several are its parts. */
const promptOf = (prompt: unknown) => ({ role: 'prompt', content: prompt })

/** A content as text, its parts one after another. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (content === null || content === undefined) return ''
  if (!Array.isArray(content)) return partOf(content)
  return content.slice(0, mostParts).map(partOf).join('\n')
}

/** Parts of a message that are read: a prompt may be a hundred thousand numbers of tokens. */
const mostParts = 1000

/** A part as text: an image, a sound or a file is there by its size. */
function partOf(part: unknown): string {
  if (typeof part === 'string') return part
  const { type, text } = asObject(part) ?? {}
  if (typeof text === 'string') return text
  return `[${typeof type === 'string' ? type : 'no text'}, ${sizeOf(part)} characters]`
}

/** Characters of the strings in a value, as deep as the parts of messages are. */
function sizeOf(value: unknown, depth = 4): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null || depth === 0) return 0
  return Object.values(value).reduce((sum: number, each) => sum + sizeOf(each, depth - 1), 0)
}
