import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../src/core/random.ts'
import type { Observation } from '../../../src/core/result.ts'
import { carriesTokens } from '../../../src/core/timeline.ts'
import { decoded } from '../../support/decoding.ts'
import { derivedTwice } from '../../support/derived.ts'
import { flushed, head, probed, type Script } from '../../support/loopback.ts'

/**
 * Real provider streams with what an independent reader found in them; they are not part of the repository.
 */
const root = process.env['RECORDINGS'] ?? join(import.meta.dirname, '../../../../shared/recordings')
const folder = join(root, 'streams')
const names = existsSync(folder)
  ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.sse'))
      .map((path) => path.slice(0, -4))
      .toSorted()
  : []

interface Sidecar {
  /** Of the recording. */
  name: string
  response: { status: number; headers: Record<string, string> }
  expected: {
    usage: Record<
      'prompt_tokens' | 'completion_tokens' | 'total_tokens' | 'reasoning_tokens' | 'cached_tokens' | 'cost',
      number | null
    > & { total_minus_parts?: number }
    finish_reason: string | null
    text_sha256: string
    reasoning_chars: number
    tool_calls: number
    refusal?: string | null
    error: { message: string; code?: string | number } | null
    first_content_event?: number | null
    first_reasoning_event?: number | null
    first_token_event?: number | null
    response_models?: string[]
  }
  shape?: { events: number; think_tag: boolean; comments: number }
  transport_chunks?: { sizes: number[] } | null
}

const bytesOf = (name: string): Buffer => readFileSync(join(folder, `${name}.sse`))
const sidecarOf = (name: string): Sidecar => ({
  ...(JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Sidecar),
  name,
})

/** Cuts the bytes at these sizes; what is left over is the last piece. */
function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = []
  let offset = 0
  for (const size of [...sizes, bytes.length]) {
    if (offset < bytes.length) pieces.push(bytes.subarray(offset, offset + size))
    offset += size
  }
  return pieces
}

/** Cuts the bytes at up to forty random places. */
function cutAtRandom(bytes: Buffer, random: () => number): Buffer[] {
  const places = Array.from({ length: 1 + Math.floor(40 * random()) }, () =>
    Math.floor(bytes.length * random()),
  )
  const ends = [...new Set([...places, bytes.length])].toSorted((a, b) => a - b)
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
}

/** Serves pieces as HTTP chunks, each a write of its own. */
const chunked =
  (pieces: readonly Buffer[], type = 'text/event-stream'): Script =>
  async (socket) => {
    socket.write(head('200 OK', `content-type: ${type}`, 'transfer-encoding: chunked'))
    for (const piece of pieces) {
      await flushed()
      socket.write(
        Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]),
      )
    }
    socket.end('0\r\n\r\n')
  }

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** What both sides are compared in. */
interface Reading {
  errorKind: string | null
  errorCode: string | null
  textHash: string
  finishReason: string | null
  /** Prompt, output, reasoning, cached; null where the stream has no usage. */
  tokens: (number | null)[] | null
  chargedUsd: number | null
  /** Index and kind of the event with the first token; null where the sidecar does not say. */
  first: [number, string | undefined] | null
  /** Events and comments; null where the sidecar does not say. */
  counts: [number, number] | null
}

/**
 * Gemini behind a gateway: neither completion nor total includes the reasoning, but the charge does. At 0.30
 * and 2.50 USD per million tokens, 28 and 5 + 48 cost 0.0001409; at 2 and 12 USD, 40 and 14 + 43 cost
 * 0.000764.
 */
const besideCompletion: Readonly<Record<string, number>> = {
  'vercel-gateway/fantasy.gemini-2.5-flash.tool_streaming': 53,
  'vercel-gateway/fantasy.gemini-3-pro-preview.thinking-streaming.1': 57,
}

/**
 * The sidecar's own reading; completion tokens include reasoning that only the total shows. Reasoning is a
 * part of the output: a count that is one larger (MiniMax behind OpenRouter) is the whole of it.
 */
function expectedOf({ name, expected, shape }: Sidecar): Reading {
  const { usage, error } = expected
  const beyond = usage.total_minus_parts ?? 0
  const completion = (usage.completion_tokens ?? 0) + (beyond === usage.reasoning_tokens ? beyond : 0)
  const output = besideCompletion[name] ?? completion
  const reasoning = Math.min(usage.reasoning_tokens ?? 0, output)
  const none = usage.completion_tokens === null
  return {
    errorKind: expectedKind(expected),
    errorCode: error === null ? null : String(error.code),
    textHash: expected.text_sha256,
    finishReason: expected.finish_reason,
    tokens: none ? null : [usage.prompt_tokens, output, reasoning, usage.cached_tokens],
    chargedUsd: usage.cost,
    first: shape === undefined || expected.refusal ? null : firstExpected(expected, shape.think_tag),
    counts: shape === undefined ? null : [shape.events, shape.comments],
  }
}

function expectedKind({
  error,
  text_sha256,
  tool_calls,
  refusal,
  ...rest
}: Sidecar['expected']): string | null {
  if (error !== null) return 'error_in_stream'
  if (text_sha256 !== sha256('') || tool_calls > 0 || refusal) return null
  if (rest.finish_reason === 'length') return 'budget_exhausted'
  return rest.reasoning_chars === 0 ? 'empty' : null
}

/** Inline thinking is part of the text there, and reasoning here. */
function firstExpected(expected: Sidecar['expected'], inline: boolean): [number, string | undefined] {
  const index = expected.first_token_event ?? -1
  if (index === -1) return [-1, undefined]
  if (inline || index === expected.first_reasoning_event) return [index, 'reasoning']
  return [index, index === expected.first_content_event ? 'text' : 'tool']
}

/** Our reading, in what the sidecar speaks of. */
function readingOf(seen: Observation, { expected, shape }: Sidecar): Reading {
  const events = seen.timeline.events.filter(({ kind }) => kind !== 'comment')
  const first = events.findIndex(carriesTokens)
  const { inputTokens, outputTokens, reasoningTokens, cachedTokens } = seen
  return {
    errorKind: seen.errorKind,
    errorCode: seen.errorCode,
    textHash: sha256(seen.responseText ?? ''),
    finishReason: seen.finishReason,
    tokens:
      seen.tokenSource === 'usage' ? [inputTokens, outputTokens, reasoningTokens ?? 0, cachedTokens] : null,
    chargedUsd: expected.usage.cost === null ? null : seen.chargedUsd,
    first: shape === undefined || expected.refusal ? null : [first, events[first]?.kind],
    counts: shape === undefined ? null : [seen.eventCount, seen.timeline.events.length - events.length],
  }
}

describe.skipIf(names.length === 0)('recorded streams of real providers', () => {
  test.for(names)('%s is read as it was at its real receive boundaries', async (name) => {
    const sidecar = sidecarOf(name)
    const pieces = cut(bytesOf(name), sidecar.transport_chunks?.sizes ?? [])
    const seen = await probed(chunked(pieces, sidecar.response.headers['content-type']))
    expect(readingOf(seen, sidecar)).toEqual(expectedOf(sidecar))
    expect([seen.success, seen.statusCode]).toEqual([seen.errorKind === null, 200])
    const models = sidecar.expected.response_models ?? [seen.responseModel]
    expect(models.length > 0 ? models : [null]).toContain(seen.responseModel)
    const { before, again } = await derivedTwice(seen)
    expect(again).toEqual(before)
  })

  test.for(names)('%s is the same with CRLF, cut every 61 bytes', async (name) => {
    const sidecar = sidecarOf(name)
    const bytes = Buffer.from(bytesOf(name).toString('latin1').replaceAll('\n', '\r\n'), 'latin1')
    const pieces = cut(
      bytes,
      Array.from({ length: Math.ceil(bytes.length / 61) }, () => 61),
    )
    expect(readingOf(await probed(chunked(pieces)), sidecar)).toEqual(expectedOf(sidecar))
  })

  const small = names.filter((name) => bytesOf(name).length < 3000)
  test.for(small)('%s is the same byte by byte over a socket', async (name) => {
    const sidecar = sidecarOf(name)
    const pieces = Array.from(bytesOf(name), (byte) => Buffer.of(byte))
    expect(readingOf(await probed(chunked(pieces)), sidecar)).toEqual(expectedOf(sidecar))
  })

  test.for(names)(
    '%s is the same byte by byte, under 64 random cuts, and with CRLF under each',
    async (name) => {
      const sidecar = sidecarOf(name)
      const bytes = bytesOf(name)
      const crlf = Buffer.from(bytes.toString('latin1').replaceAll('\n', '\r\n'), 'latin1')
      const random = seededRandom(bytes.length)
      const cuts = Array.from({ length: 64 }, (_, seed) => cutAtRandom(seed % 2 === 0 ? bytes : crlf, random))
      const single = [bytes, crlf].map((all) =>
        Array.from({ length: all.length }, (_, at) => all.subarray(at, at + 1)),
      )
      for (const pieces of [...single, ...cuts])
        expect(readingOf(await decoded(pieces), sidecar)).toEqual(expectedOf(sidecar))
    },
  )

  test('a stream without usage is counted by the tokenizer, and its input stays unknown', async () => {
    const uncounted = names.filter((name) => sidecarOf(name).expected.usage.completion_tokens === null)
    const seen = await Promise.all(uncounted.map((name) => probed(chunked([bytesOf(name)]))))
    const counted = seen.filter(({ success }) => success)
    expect(counted.map(({ tokenSource, inputTokens }) => [tokenSource, inputTokens])).toEqual(
      counted.map(() => ['tokenizer', null]),
    )
    expect(counted.length).toBeGreaterThan(0)
  })
})
