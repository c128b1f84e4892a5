import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { faultDomains } from '../../../src/core/outcome.ts'
import type { Observation } from '../../../src/core/result.ts'
import { carriesTokens } from '../../../src/core/timeline.ts'
import { kindOf } from '../../../src/probe/error-kinds.ts'
import { readError } from '../../../src/probe/provider-error.ts'
import { makeFrames } from '../../../src/synthetic/chunks.ts'
import { type DialectName, dialects } from '../../../src/synthetic/dialects.ts'
import { type Fault, spoil } from '../../../src/synthetic/fault.ts'
import { faults } from '../../../src/synthetic/faults.ts'
import { makeScript } from '../../../src/synthetic/script.ts'
import { decoded } from '../../support/decoding.ts'
import { derivedTwice } from '../../support/derived.ts'
import { delta, flushed, head, probed, streamHead } from '../../support/loopback.ts'
import { tries } from '../../support/properties.ts'

// Any bytes at all end in exactly one outcome, with metrics that are numbers.

const runs = (count: number) => ({ numRuns: tries(count), interruptAfterTimeLimit: 40_000 })

/** A value where another was expected. */
const odd = fc.oneof(
  fc.constantFrom(null, '', 0, -1, 1e300, true, 'stop', 'error', '<think>', '</think>', [], {}, [null], [[]]),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown>,
)
/** The value that is due, most of the time. */
const due = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 4, arbitrary: value }, { weight: 1, arbitrary: odd })
/** A record of which any part may be missing or odd. */
const parts = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> =>
  fc.record(Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, due(value)])), {
    requiredKeys: [],
  })

const words = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('<think>', '</think>', 'Hi', '\uD800'),
)
const details = fc.array(
  parts({
    type: fc.constantFrom('reasoning.text', 'reasoning.summary', 'reasoning.encrypted'),
    text: words,
    summary: words,
  }),
  { maxLength: 3 },
)
const content = fc.oneof(
  words,
  fc.array(parts({ type: words, text: words, thinking: fc.array(parts({ text: words })) }), { maxLength: 3 }),
)
const deltas = parts({
  role: fc.constant('assistant'),
  content,
  reasoning_content: words,
  reasoning: words,
  reasoning_details: details,
  refusal: words,
  tool_calls: fc.array(parts({ function: parts({ name: words, arguments: words }) }), { maxLength: 2 }),
  function_call: parts({ name: words, arguments: words }),
})
const amounts = fc.oneof(
  fc.nat(1000),
  fc.double(),
  fc.maxSafeInteger(),
  fc.constantFrom(2 ** 31, 2 ** 31 - 1, 1e308, -5),
)
const usage = parts({
  prompt_tokens: amounts,
  completion_tokens: amounts,
  total_tokens: amounts,
  reasoning_tokens: amounts,
  cached_tokens: amounts,
  cost: amounts,
  is_byok: fc.boolean(),
  cost_in_usd_ticks: amounts,
  cost_details: parts({ upstream_inference_cost: amounts }),
  prompt_tokens_details: parts({ cached_tokens: amounts, audio_tokens: amounts }),
  completion_tokens_details: parts({ reasoning_tokens: amounts }),
  queue_time: amounts,
})
const choice = parts({
  index: fc.constantFrom(0, 0, 0, 1, '0'),
  delta: deltas,
  finish_reason: fc.constantFrom(null, 'stop', 'length', 'error', 'content_filter', 'SAFETY', 'toString'),
  usage,
})
const errors = parts({
  message: words,
  code: fc.oneof(words, fc.integer(), fc.constantFrom('1113', 'invalid_api_key', 'constructor')),
  type: words,
  status: words,
  metadata: parts({ error_type: words, raw: words }),
})
const chunk = parts({
  id: words,
  model: words,
  object: fc.constantFrom('chat.completion.chunk', 'error'),
  choices: fc.array(choice, { maxLength: 3 }),
  usage: fc.option(usage),
  error: fc.option(errors, { freq: 8 }),
  x_groq: parts({ id: words, usage, error: words }),
  base_resp: parts({ status_code: fc.constantFrom(0, 0, 1002, 1004, '0'), status_msg: words }),
  timings: parts({ predicted_ms: amounts }),
})

/** Events in every spelling, and what is none. */
const fragment: fc.Arbitrary<Buffer> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(chunk, fc.constantFrom('\n\n', '\r\n\r\n', '\r\r', '\n', ''))
      .map(([data, end]) => Buffer.from(`data: ${JSON.stringify(data)}${end}`)),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(chunk, fc.nat(200))
      .map(([data, at]) => Buffer.from(`data:${JSON.stringify(data).slice(0, at)}\n\n`)),
  },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(
        'data: [DONE]\n\n',
        ': ping\n\n',
        'event: error\n',
        'id: 1\nretry: 2\n',
        'data:\n',
        '\uFEFF',
        '\n',
        '\r',
        '\0',
        '<html>',
        '{"error":"x"}',
      )
      .map((text) => Buffer.from(text)),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom([0xf0, 0x9f, 0x98], [0xc3], [0xed, 0xa0, 0x80], [0xef, 0xbb])
      .map((bytes) => Buffer.from(bytes)),
  },
  { weight: 1, arbitrary: fc.nat(100_000).map((length) => Buffer.from(`data: ${'x'.repeat(length)}`)) },
)
const composed = fc.array(fragment, { maxLength: 25 }).map((all) => Buffer.concat(all))

/** Real shapes: an answer of the synthetic provider in some dialect, perhaps with a fault. */
const shaped = fc
  .record({
    name: fc.constantFrom(...(Object.keys(dialects) as DialectName[])),
    fault: fc.constantFrom<Fault>({ expected: null }, ...Object.values<Fault>(faults)),
    seed: fc.nat(1000),
    frames: fc.nat(12),
    reasoningTokens: fc.nat(6),
  })
  .map(({ name, fault, ...pace }) => {
    const about = {
      id: 'x',
      model: 'm',
      created: 1,
      promptTokens: 9,
      includeUsage: true,
      finish: 'stop',
      form: fault.form,
    }
    return Buffer.from(
      spoil(makeFrames(makeScript(pace.seed, pace), dialects[name], about), fault)
        .map(({ text }) => text)
        .join(''),
    )
  })

/** The bytes after some were changed, dropped, doubled or put elsewhere. */
const mutated = fc
  .tuple(
    shaped,
    fc.array(fc.record({ at: fc.nat(4000), length: fc.nat(60), what: fc.nat(3), byte: fc.nat(255) }), {
      maxLength: 6,
    }),
  )
  .map(([bytes, changes]) =>
    changes.reduce((now, { at, length, what, byte }) => {
      const from = now.length === 0 ? 0 : at % now.length
      const [before, inside, after] = [
        now.subarray(0, from),
        now.subarray(from, from + length),
        now.subarray(from + length),
      ]
      const instead = [
        Buffer.alloc(0),
        Buffer.concat([inside, inside]),
        Buffer.from([byte]),
        Buffer.from(inside.toReversed()),
      ]
      return Buffer.concat([before, instead[what] ?? inside, after])
    }, bytes),
  )
const bytes = fc.oneof(
  composed,
  mutated,
  shaped,
  fc.uint8Array({ maxLength: 300 }).map((all) => Buffer.from(all)),
)
/** Bytes as reads bring them, in any pieces. */
const reads = fc.tuple(bytes, fc.array(fc.nat(5000), { maxLength: 30 })).map(([all, places]) => {
  const ends = [...new Set([...places.filter((at) => at > 0 && at < all.length), all.length])].toSorted(
    (a, b) => a - b,
  )
  return ends.map((end, index) => all.subarray(ends[index - 1] ?? 0, end)).filter(({ length }) => length > 0)
})

const metric = /Ms$|^tps$|Tps$|Tokens$|Count$|Bytes$|Usd$|^eventsPerRead$|^tokensPerEvent$/

/** An observation without its times. */
const said = ({ timeline, ...seen }: Observation) => [
  timeline.events.map(({ kind, text, reasoning, other }) => [kind, text, reasoning, other]),
  [
    seen.errorKind,
    seen.errorMessage,
    seen.responseText,
    seen.finishReason,
    seen.outputTokens,
    seen.inputTokens,
  ],
]

/** What holds of every observation. */
function expectSound(seen: Observation): void {
  const numbers = Object.entries(seen).filter(([name, value]) => metric.test(name) && value !== null)
  expect(numbers.filter(([, value]) => !(Number.isFinite(value) && (value as number) >= 0))).toEqual([])
  expect(seen.totalLatencyMs).toBeGreaterThanOrEqual(seen.e2eMs ?? 0)
  expect(seen.e2eMs ?? 0).toBeGreaterThanOrEqual(seen.ttftMs ?? 0)
  expect(seen.ttfaMs ?? Infinity).toBeGreaterThanOrEqual(seen.ttftMs ?? 0)
  expect(seen.success).toBe(seen.errorKind === null)
  expect(seen.faultDomain).toBe(seen.errorKind === null ? null : faultDomains[seen.errorKind])
  expect(seen.errorMessage === null).toBe(seen.success)
  const { events } = seen.timeline
  const ended = (seen.finishReason ?? 'error') !== 'error' || events.some(({ kind }) => kind === 'done')
  const good = seen.statusCode === 200 && ended && events.some(carriesTokens)
  expect(seen.success && !good).toBe(false)
}

test('any bytes, in any pieces, give one outcome with valid numbers', async () => {
  await fc.assert(
    fc.asyncProperty(reads, async (pieces) => {
      const seen = await decoded(pieces)
      expectSound(seen)
      const { before, again } = await derivedTwice(seen)
      expect(again).toEqual(before)
    }),
    runs(1500),
  )
})

test('how the bytes are split changes only the times', async () => {
  await fc.assert(
    fc.asyncProperty(reads, async (pieces) => {
      expect(said(await decoded(pieces))).toEqual(said(await decoded([Buffer.concat(pieces)])))
    }),
    runs(600),
  )
})

test.for<[string, number, string | null]>([
  ['a line of a million characters is read', 2 ** 20, null],
  ['a line that does not end is given up', 9 * 2 ** 20, 'malformed'],
])('%s', async ([, length, errorKind]) => {
  const text = 'x'.repeat(length)
  const all = Buffer.from(delta({ content: text }, 'stop'))
  const pieces = Array.from({ length: Math.ceil(all.length / 65_536) }, (_, at) =>
    all.subarray(at * 65_536, (at + 1) * 65_536),
  )
  expect((await decoded(pieces)).errorKind).toBe(errorKind)
})

const endings = ['end', 'reset', 'open'] as const
/** Mostly a stream; sometimes another status, or bytes that are no HTTP. */
const heads = fc.oneof(
  { weight: 6, arbitrary: fc.constant(streamHead) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('429 Too Many Requests', '500 Oops', '204 No Content', '302 Found')
      .map((status) => head(status, 'connection: close')),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      'HTTP/1.1 200',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n',
      head('200 OK', 'content-length: 50'),
      head('200 OK', 'content-encoding: gzip'),
    ),
  },
)

test('any bytes over a real socket, however it ends, give one outcome in time', async () => {
  await fc.assert(
    fc.asyncProperty(heads, reads, fc.constantFrom(...endings), async (first, pieces, ending) => {
      const started = performance.now()
      const seen = await probed(
        async (socket) => {
          for (const piece of [Buffer.from(first), ...pieces]) {
            socket.write(piece)
            await flushed()
          }
          if (ending === 'end') socket.end()
          if (ending === 'reset') socket.resetAndDestroy()
        },
        { timeouts: { firstToken: 60, idle: 60, total: 120 } },
      )
      expectSound({ ...seen, statusCode: seen.success ? seen.statusCode : 200 })
      expect(performance.now() - started).toBeLessThan(10_000)
    }),
    runs(120),
  )
})

test('any error body has a kind', () => {
  const body = fc.oneof(
    parts({
      error: fc.oneof(errors, words),
      message: words,
      code: fc.integer(),
      detail: odd,
      base_resp: odd,
    }).map((json) => JSON.stringify(json) ?? ''),
    fc.array(errors).map((json) => JSON.stringify(json)),
    fc.string(),
  )
  fc.assert(
    fc.property(body, fc.integer({ min: 100, max: 999 }), (text, status) => {
      expect(Object.keys(faultDomains)).toContain(kindOf(status, readError(text)))
    }),
    runs(1000),
  )
})
