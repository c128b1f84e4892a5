import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Observation } from '../../../src/core/result.ts'
import { carriesTokens } from '../../../src/core/timeline.ts'
import { type DialectName, dialects } from '../../../src/synthetic/dialects.ts'
import type { Fault } from '../../../src/synthetic/fault.ts'
import { type FaultName, faults } from '../../../src/synthetic/faults.ts'
import { makeScript } from '../../../src/synthetic/script.ts'
import { startSynthetic, type Synthetic } from '../../../src/synthetic/server.ts'
import { derivedTwice } from '../../support/derived.ts'
import { type Changes, probing } from '../../support/loopback.ts'

let server: Synthetic
beforeAll(async () => {
  server = await startSynthetic()
})
afterAll(() => server.close())

const ask = (path: string, changes: Changes = {}): Promise<Observation> =>
  probing(server.url, {
    ...changes,
    call: { model: `synthetic/${path}/seed/7/frames/8/ttft_ms/4/delay_ms/2`, ...changes.call },
  })
const firstKind = ({ timeline }: Observation) => timeline.events.find(carriesTokens)?.kind

/** Of the 8 tokens of the script, 3 are reasoning where asked. */
const textOf = (reasoningTokens: number, kind: 'reasoning' | 'text' = 'text'): string =>
  makeScript(7, { frames: 8, ttftMs: 4, delayMs: 2, reasoningTokens })
    .tokens.filter((token) => token.kind === kind)
    .map(({ text }) => text)
    .join('')

interface Expected {
  /** Reasoning tokens in the usage, of 3 that were thought; null where the dialect does not name them. */
  reasoning: number | null
  /** Cached tokens: none, half of the input, or not said. */
  cached: 'none' | 'half' | null
  first: 'reasoning' | 'text'
  form?: 'summary' | 'none'
}
const usual: Expected = { reasoning: 3, cached: 'none', first: 'reasoning' }

const table: Record<DialectName, Expected> = {
  openai: usual,
  groq: { ...usual, reasoning: null, cached: null },
  'groq-parsed': { ...usual, reasoning: null, cached: null },
  deepseek: { ...usual, cached: 'half' },
  openrouter: usual,
  'openrouter-summary': { ...usual, form: 'summary' },
  minimax: usual,
  'minimax-split': usual,
  kimi: { ...usual, reasoning: null, cached: 'half' },
  gemini: { ...usual, cached: null, first: 'text', form: 'none' },
  mistral: { ...usual, reasoning: null, cached: 'half' },
  xai: { ...usual, cached: 'half' },
  llamacpp: { ...usual, reasoning: null, cached: null },
  anthropic: { ...usual, reasoning: null, cached: null },
  verbose: usual,
  sloppy: usual,
}
const names = Object.keys(dialects) as DialectName[]
const cachedOf = (seen: Observation, cached: Expected['cached']): number | null =>
  cached === 'half' ? Math.floor((seen.inputTokens ?? 0) / 2) : cached === null ? null : 0

test.for(names)('%s without reasoning is read correctly', async (name) => {
  const seen = await ask(`dialect/${name}/reasoning_tokens/0`)
  const { reasoning, cached } = table[name]
  expect(seen).toMatchObject({
    success: true,
    errorKind: null,
    finishReason: 'stop',
    responseText: textOf(0),
    outputTokens: 8,
    // Gemini names no reasoning, and where there is none its total does not show any.
    reasoningTokens: reasoning === null || name === 'gemini' ? null : 0,
    cachedTokens: cachedOf(seen, cached),
    tokenSource: 'usage',
  })
  expect(firstKind(seen)).toBe('text')
  expect(seen.timeline.reasoningForm).toBe('none')
  expect(seen.ttfaMs).toBe(seen.ttftMs)
  // All eight come in one event; and if this machine is busy, all events may come in a burst.
  const burst = seen.timingReasons.some((reason) => reason.includes('burst'))
  expect(seen.tps === null).toBe(name === 'gemini' || burst)
})

test.for(names)('%s with reasoning is read correctly', async (name) => {
  const seen = await ask(`dialect/${name}/reasoning_tokens/3`)
  const { reasoning, cached, first, form = 'full' } = table[name]
  const thought = `<think>\n${textOf(3, 'reasoning')}\n</think>\n\n`
  expect(seen).toMatchObject({
    success: true,
    finishReason: 'stop',
    responseText: `${name === 'minimax' ? thought : ''}${textOf(3)}`,
    outputTokens: 8,
    reasoningTokens: reasoning,
    cachedTokens: cachedOf(seen, cached),
    tokenSource: 'usage',
  })
  expect(firstKind(seen)).toBe(first)
  expect(seen.timeline.reasoningForm).toBe(form)
  const characters = seen.timeline.events.reduce((sum, event) => sum + event.reasoning, 0)
  // The tags and the line breaks around them count with the thought.
  const tags = name === 'minimax' ? '<think>\n\n</think>\n\n'.length : 0
  // Its summary of three thoughts is the first of them.
  const summed = name === 'openrouter-summary' ? textOf(3, 'reasoning').indexOf(' ') : Infinity
  const said = first === 'text' ? 0 : Math.min(summed, textOf(3, 'reasoning').length)
  expect(characters).toBe(said + tags)
})

test('the charge of a router or host is read from its usage', async () => {
  const [router, host] = await Promise.all([ask('dialect/openrouter'), ask('dialect/xai')])
  expect(router.chargedUsd).toBeCloseTo(((router.inputTokens ?? 0) * 0.1 + 8 * 0.5) / 1e6, 15)
  // 1000 ticks of 1e-10 USD a token of the prompt, 5000 a token of the answer.
  expect(host.chargedUsd).toBeCloseTo(((host.inputTokens ?? 0) * 1000 + 8 * 5000) / 1e10, 15)
})

const all = Object.entries(faults) as [FaultName, Fault][]

test.for(all)('the fault %s has the right kind', async ([name, { expected }]) => {
  // Only what is to run into a deadline has a short one: a busy machine makes others wait, too.
  const hangs = expected?.startsWith('timeout') === true
  const seen = await ask(`fault/${name}`, hangs ? { timeouts: { firstToken: 400, idle: 200 } } : {})
  expect(seen.errorKind).toBe(expected)
  expect(seen.success).toBe(expected === null)
  const { before, again } = await derivedTwice(seen)
  expect(again).toEqual(before)
})

const good: [FaultName, object, string][] = [
  ['refusal', { finishReason: 'stop', responseText: '', outputTokens: 8, ttfaMs: null }, 'refusal'],
  ['tool-call', { finishReason: 'tool_calls', responseText: '', outputTokens: 8, ttfaMs: null }, 'tool'],
  [
    'no-usage',
    { finishReason: 'stop', responseText: textOf(0), tokenSource: 'tokenizer', inputTokens: null },
    'text',
  ],
  ['no-blank-line', { finishReason: 'stop', responseText: textOf(0), tokenSource: 'tokenizer' }, 'text'],
  ['no-done', { finishReason: 'stop', responseText: textOf(0), outputTokens: 8 }, 'text'],
  ['open-after-done', { finishReason: 'stop', responseText: textOf(0), outputTokens: 8 }, 'text'],
  ['gzip', { finishReason: 'stop', outputTokens: 8, timingQuality: 'untrusted', tps: null }, 'text'],
]
test.for(good)('an answer with %s is good', async ([name, expected, kind]) => {
  const seen = await ask(`fault/${name}`)
  expect(seen).toMatchObject({ success: true, ...expected })
  expect(firstKind(seen)).toBe(kind)
})

const spoilt: [FaultName, object][] = [
  ['rate-limited', { statusCode: 429, ttftMs: null }],
  ['error-text', { errorMessage: expect.stringContaining('The worker ran out of memory.') as string }],
  ['error-finish', { errorCode: '502', finishReason: 'error' }],
  ['content-filter', { finishReason: 'content_filter' }],
]
test.for(spoilt)('the fault %s keeps what is known', async ([name, expected]) => {
  expect(await ask(`fault/${name}`)).toMatchObject({ success: false, ...expected })
})

test.for(names)('%s rederived from what is stored gives the same', async (name) => {
  const { before, again } = await derivedTwice(await ask(`dialect/${name}/reasoning_tokens/3`))
  expect(again).toEqual(before)
})
