import { asObject } from '../core/json.ts'
import { carriesTokens } from '../core/timeline.ts'
import type { Usage } from '../core/usage.ts'
import type { Stream } from './stream.ts'

type Fields = Record<string, unknown>

const unknownUsage: Usage = {
  input: null,
  output: null,
  reasoning: null,
  cached: null,
  cacheWrite: null,
  source: null,
  costUsd: null,
}

/** The tokens of a stream: as the provider says, else counted by us. The input is never counted: it would become a price. */
export async function usageOf(stream: Stream): Promise<Usage> {
  const reported = stream.usage === null ? unknownUsage : readUsage(stream.usage)
  if (reported.output !== null) return reported
  if (!stream.events.some(carriesTokens)) return reported
  return { ...reported, ...(await counted(stream)) }
}

/**
 * The usage object of any dialect. `output` always includes reasoning: where the total shows that a provider left it
 * out (xAI; Gemini, which does not name it either), it is added. Cached input above the input was left out of it, too.
 */
export function readUsage(usage: Fields): Usage {
  const input = count(usage['prompt_tokens'])
  const output = count(usage['completion_tokens'])
  const cached = cachedIn(usage)
  const named = reasoningIn(usage)
  const thoughts = leftOut(usage, named)
  return {
    input: input !== null && cached !== null && cached > input ? input + cached : input,
    output: output === null ? null : output + thoughts,
    reasoning: named ?? (thoughts > 0 ? thoughts : null),
    cached,
    cacheWrite: count(promptDetails(usage)['cache_write_tokens']),
    source: output === null ? null : 'usage',
    costUsd: chargeIn(usage),
  }
}

/** A number of tokens that can be one, and that the database can hold: what was derived from it can be derived again. */
const count = (value: unknown): number | null =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 31 ? value : null

/** Mistral has the singular, too. */
const promptDetails = (usage: Fields): Fields =>
  asObject(usage['prompt_tokens_details']) ?? asObject(usage['prompt_token_details']) ?? {}

/** Homes of cached tokens: OpenAI and most; Kimi; DeepSeek; Mistral. */
const cachedIn = (usage: Fields): number | null =>
  count(promptDetails(usage)['cached_tokens']) ??
  count(usage['cached_tokens']) ??
  count(usage['prompt_cache_hit_tokens']) ??
  count(usage['num_cached_tokens'])

const reasoningIn = (usage: Fields): number | null =>
  count(asObject(usage['completion_tokens_details'])?.['reasoning_tokens']) ??
  count(usage['reasoning_tokens'])

/** Reasoning tokens that stand in the total and not in the completion. Audio of the prompt may stand outside as well (Mistral). */
function leftOut(usage: Fields, named: number | null): number {
  const parts = (count(usage['prompt_tokens']) ?? 0) + (count(usage['completion_tokens']) ?? 0)
  const beyond = (count(usage['total_tokens']) ?? 0) - parts
  const unexplained = beyond - (count(promptDetails(usage)['audio_tokens']) ?? 0)
  return beyond > 0 && beyond === (named ?? unexplained) ? beyond : 0
}

/** xAI counts in ticks of 1e-10 USD. */
const ticksPerUsd = 1e10

const amount = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null

/** What the provider says it charged in USD: a number, an object with the total, or ticks. A router that uses a key of one's own adds its fee to the price of the host. */
function chargeIn(usage: Fields): number | null {
  const charged = amount(usage['cost']) ?? amount(asObject(usage['cost'])?.['total_cost'])
  const ticks = amount(usage['cost_in_usd_ticks'])
  if (charged === null) return ticks === null ? null : ticks / ticksPerUsd
  const upstream = amount(asObject(usage['cost_details'])?.['upstream_inference_cost'])
  return usage['is_byok'] === true ? amount(charged + (upstream ?? 0)) : charged
}

/**
 * Up to 500 characters, as far as a space or the end, where there is one. The time a tokenizer takes grows with the square of
 * a word without spaces: 32,000 characters of Korean took 2 s, in which nothing else is measured.
 */
const stretches = /[^]{1,500}(?=\s|$)|[^]{1,500}/gu

/** Counts what was streamed with one declared tokenizer, o200k_base; where nothing readable came, each event is a token. */
async function counted({
  text,
  reasoning,
  other,
  events,
}: Stream): Promise<Pick<Usage, 'output' | 'reasoning' | 'source'>> {
  if (text + reasoning + other === '') return { output: events.length, reasoning: null, source: 'events' }
  const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base')
  const tokens = (part: string) =>
    (part.match(stretches) ?? []).reduce(
      (sum, each) => sum + countTokens(each, { disallowedSpecial: new Set() }),
      0,
    )
  const thought = tokens(reasoning)
  return {
    output: tokens(text) + thought + tokens(other),
    reasoning: thought > 0 ? thought : null,
    source: 'tokenizer',
  }
}
