import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Usage } from '../../../src/core/usage.ts'
import { mergeUsage, readUsage } from '../../../src/probe/usage.ts'
import { usageHomes, usageRules } from '../../../src/probe/usage-homes.ts'
import { tries } from '../../support/properties.ts'

// True counts are reported in every convention that providers have. The reader must recover them or say that
// it does not know. Where two conventions write the same object, a prior decides, and the property leaves
// the other one out (`distinct` below):
// - cached input inside the prompt wins without a total, and with a total that is prompt and completion;
// - reasoning inside the completion wins likewise, up to the size of the completion, or twice it with a total;
// - a named part wins over unnamed reasoning of the same size, give or take 3;
// - an unnamed difference is all reasoning: a total that is off by 3 makes the reasoning off by 3, and parts
//   that would fit inside prompt or completion are taken to be there;
// - parts and counts so small that 3 tokens are much of them: here every part has 8 or more.

interface Truth {
  /** Prompt without cache, tokens visible in the answer, and the parts. */
  fresh: number
  visible: number
  reasoning: number
  cached: number
  written: number
  image: number
  audio: number
}

interface Convention {
  names: 'openai' | 'responses' | 'anthropic' | 'bedrock' | 'gemini'
  reasoning: 'inside' | 'beside'
  cache: 'inside' | 'beside'
  media: 'inside' | 'beside'
  reasoningNamed: boolean
  /** Of everything, of the two counts as reported, or none. */
  total: 'all' | 'counts' | 'none'
  off: number
}

const part = fc.oneof(fc.constant(0), fc.integer({ min: 8, max: 100_000 }), fc.integer({ min: 8, max: 300 }))
const truths: fc.Arbitrary<Truth> = fc.record({
  fresh: fc.integer({ min: 80, max: 50_000 }),
  visible: fc.oneof(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 50_000 })),
  reasoning: part,
  cached: part,
  written: part,
  image: part,
  audio: part,
})
const conventions: fc.Arbitrary<Convention> = fc.record({
  names: fc.constantFrom('openai', 'responses', 'anthropic', 'bedrock', 'gemini'),
  reasoning: fc.constantFrom('inside', 'beside'),
  cache: fc.constantFrom('inside', 'beside'),
  media: fc.constantFrom('inside', 'beside'),
  reasoningNamed: fc.boolean(),
  total: fc.constantFrom('all', 'counts', 'none'),
  off: fc.integer({ min: -3, max: 3 }),
})

/** What a provider reports of these tokens. */
function reported(truth: Truth, by: Convention) {
  const cache = truth.cached + truth.written
  const media = truth.image + truth.audio
  const prompt = truth.fresh + (by.cache === 'inside' ? cache : 0) + (by.media === 'inside' ? media : 0)
  const completion = truth.visible + (by.reasoning === 'inside' ? truth.reasoning : 0)
  const beside = {
    cache: by.cache === 'beside' ? cache : 0,
    media: by.media === 'beside' ? media : 0,
    reasoning: by.reasoning === 'beside' ? truth.reasoning : 0,
  }
  const all = prompt + completion + beside.cache + beside.media + beside.reasoning
  const total = by.total === 'none' ? null : by.total === 'all' ? all + by.off : prompt + completion
  const reasoning = by.reasoningNamed ? truth.reasoning : null
  return { prompt, completion, total, reasoning, beside }
}

/** Media that stand beside the prompt have a price of their own and are not part of the input. */
const inputOf = (truth: Truth, { media }: Convention): number =>
  truth.fresh + truth.cached + truth.written + (media === 'inside' ? truth.image + truth.audio : 0)

/** The same tokens in the names of one dialect. */
function written(truth: Truth, by: Convention): Record<string, unknown> {
  const { prompt, completion, total, reasoning } = reported(truth, by)
  const media = { image_tokens: truth.image, audio_tokens: truth.audio }
  const { cached, written: write } = truth
  const thoughts = reasoning === null ? null : { reasoning_tokens: reasoning }
  const shapes = {
    openai: {
      prompt_tokens: prompt,
      completion_tokens: completion,
      prompt_tokens_details: { cached_tokens: cached, cache_write_tokens: write, ...media },
      completion_tokens_details: thoughts,
    },
    responses: {
      input_tokens: prompt,
      output_tokens: completion,
      input_tokens_details: { cached_tokens: cached, cache_write_tokens: write, ...media },
      output_tokens_details: thoughts,
    },
    anthropic: {
      input_tokens: prompt,
      output_tokens: completion,
      cache_read_input_tokens: cached,
      cache_creation_input_tokens: write,
      prompt_tokens_details: media,
      ...thoughts,
    },
    bedrock: {
      inputTokens: prompt,
      outputTokens: completion,
      cacheReadInputTokens: cached,
      cacheWriteInputTokens: write,
      prompt_tokens_details: media,
      ...(reasoning !== null && { reasoningTokens: reasoning }),
    },
    gemini: {
      promptTokenCount: prompt,
      candidatesTokenCount: completion,
      cachedContentTokenCount: cached,
      cache_creation_input_tokens: write,
      prompt_tokens_details: media,
      ...(reasoning !== null && { thoughtsTokenCount: reasoning }),
    },
  }
  const totals = { gemini: 'totalTokenCount', bedrock: 'totalTokens' } as Record<string, string>
  return { ...shapes[by.names], ...(total !== null && { [totals[by.names] ?? 'total_tokens']: total }) }
}

/** Whether no other convention writes the same object, by the priors above. */
function distinct(truth: Truth, by: Convention): boolean {
  const { prompt, completion, beside } = reported(truth, by)
  const cacheTooLarge = beside.cache > prompt
  const apart = by.names === 'anthropic' || by.names === 'bedrock'
  if (beside.reasoning > 0 && !by.reasoningNamed) {
    const parts = [truth.cached, truth.written, truth.image, truth.audio]
    const sums = parts.reduce((all, each) => [...all, ...all.map((one) => one + each)], [0])
    const beyond = beside.reasoning + beside.cache + beside.media
    return (
      by.total === 'all' &&
      by.off === 0 &&
      (apart ? by.cache === 'beside' : beside.cache === 0 || cacheTooLarge) &&
      [truth.image, truth.audio].every((each) =>
        by.media === 'beside' ? each === 0 || each > prompt : each <= prompt,
      ) &&
      sums.every((each) => Math.abs(each - beyond) > 3)
    )
  }
  if (by.total === 'all') return true
  if (by.total === 'counts')
    return (
      (beside.cache === 0 || cacheTooLarge) && (beside.reasoning === 0 || beside.reasoning >= 2 * completion)
    )
  const cacheShown = apart ? by.cache === 'beside' : beside.cache === 0 || cacheTooLarge
  return (
    (cacheShown || truth.cached + truth.written === 0) &&
    (beside.reasoning === 0 || beside.reasoning > completion + 3)
  )
}

const isWrong = (count: number | null, truth: number): boolean => count !== null && count !== truth
const bounded = ({ input, output, reasoning, cached, cacheWrite }: Usage): boolean =>
  (output === null || (reasoning ?? 0) <= output) &&
  (input === null || (cached ?? 0) + (cacheWrite ?? 0) <= input)

test('true counts are recovered from every convention, or unknown', () => {
  fc.assert(
    fc.property(truths, conventions, (truth, by) => {
      fc.pre(distinct(truth, by))
      const usage = readUsage(written(truth, by))
      expect(isWrong(usage.input, inputOf(truth, by))).toBe(false)
      expect(isWrong(usage.output, truth.visible + truth.reasoning)).toBe(false)
      expect(bounded(usage)).toBe(true)
    }),
    { numRuns: tries(3000) },
  )
})

test('nearly all true counts are known', () => {
  const seen = fc
    .sample(fc.tuple(truths, conventions), { numRuns: 3000, seed: 7 })
    .filter(([truth, by]) => distinct(truth, by))
    .map(([truth, by]) => readUsage(written(truth, by)))
  const known = seen.filter(({ input, output }) => input !== null && output !== null)
  expect(seen.length).toBeGreaterThan(500)
  expect(known.length / seen.length).toBeGreaterThan(0.85)
})

const fields = fc.constantFrom(...usageHomes.map(({ field }) => field))
const counts = fc.oneof(fc.nat(200_000), fc.constantFrom(0, -1, 0.5, 2 ** 31, null, 'many', {}, []))
const objects = fc.array(fc.tuple(fields, counts), { maxLength: 14 }).map((pairs) => {
  const usage: Record<string, unknown> = {}
  for (const [field, value] of pairs) {
    const [outer = '', inner] = field.split('.')
    usage[outer] = inner === undefined ? value : { ...(usage[outer] as object), [inner]: value }
  }
  return usage
})

test('whatever is sent, a part is never larger than the whole, and every count can be stored', () => {
  fc.assert(
    fc.property(objects, objects, (one, other) => {
      const usage = readUsage(mergeUsage(one, other) ?? {})
      expect(bounded(usage)).toBe(true)
      for (const count of [usage.input, usage.output, usage.reasoning, usage.cached, usage.cacheWrite])
        expect(count === null || (Number.isInteger(count) && count >= 0 && count < 2 ** 31)).toBe(true)
    }),
  )
})

test('running counts end with the last, whatever the dialect', () => {
  fc.assert(
    fc.property(truths, conventions, fc.integer({ min: 2, max: 5 }), (truth, by, steps) => {
      const upTo = (step: number): Truth => ({
        ...truth,
        visible: Math.floor((truth.visible * step) / steps),
        reasoning: Math.floor((truth.reasoning * step) / steps),
      })
      const events = Array.from({ length: steps }, (_, index) => written(upTo(index + 1), by))
      const merged = events.reduce<Record<string, unknown> | null>(mergeUsage, null)
      expect(readUsage(merged ?? {})).toEqual(readUsage(written(truth, by)))
    }),
  )
})

test('an object of nothing, of zeros or of the prompt alone takes nothing away, before or after', () => {
  const empty = fc.constantFrom<Record<string, unknown>>(
    {},
    { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
    { prompt_tokens: 0, prompt_tokens_details: { cached_tokens: 0 }, completion_tokens_details: null },
    { prompt_tokens: null, completion_tokens: null, prompt_tokens_details: null, cost: null },
  )
  fc.assert(
    fc.property(truths, conventions, empty, (truth, by, nothing) => {
      const usage = { ...written(truth, by), cost: 0.25 }
      const expected = readUsage(usage)
      fc.pre((expected.output ?? 0) > 0)
      expect(readUsage(mergeUsage(usage, nothing) ?? {})).toEqual(expected)
      expect(readUsage(mergeUsage(nothing, usage) ?? {})).toEqual(expected)
    }),
  )
})

test('every rule and home says where it is from, and no field has two meanings', () => {
  expect([...usageHomes, ...usageRules].every(({ source }) => source.length > 4)).toBe(true)
  const all = usageHomes.map(({ field }) => field)
  expect(new Set(all).size).toBe(all.length)
})
