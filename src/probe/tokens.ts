import { asObject } from '../core/json.ts'
import { carriesTokens } from '../core/timeline.ts'
import type { Usage } from '../core/usage.ts'
import type { Stream } from './stream.ts'
import { countTokens } from './token-counter.ts'

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

/**
 * The tokens of a stream: reported by the provider, else counted by us. Input is never counted, because it
 * would be priced.
 */
export async function usageOf(stream: Stream): Promise<Usage> {
  const reported = stream.usage === null ? unknownUsage : readUsage(stream.usage)
  if (reported.output !== null) return reported
  if (!stream.events.some(carriesTokens)) return reported
  return { ...reported, ...(await counted(stream)) }
}

/**
 * Reads the usage object of any dialect. `output` always includes reasoning: if the total shows that a
 * provider excluded it (xAI; Gemini, which does not name it either), it is added. Cached input larger than
 * the input was excluded too.
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

/** A valid number of tokens that the database can store, so that rederiving gives the same values. */
const count = (value: unknown): number | null =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 31 ? value : null

/** Mistral also uses the singular. */
const promptDetails = (usage: Fields): Fields =>
  asObject(usage['prompt_tokens_details']) ?? asObject(usage['prompt_token_details']) ?? {}

/** Fields with cached tokens: OpenAI and most; Kimi; DeepSeek; Mistral. */
const cachedIn = (usage: Fields): number | null =>
  count(promptDetails(usage)['cached_tokens']) ??
  count(usage['cached_tokens']) ??
  count(usage['prompt_cache_hit_tokens']) ??
  count(usage['num_cached_tokens'])

const reasoningIn = (usage: Fields): number | null =>
  count(asObject(usage['completion_tokens_details'])?.['reasoning_tokens']) ??
  count(usage['reasoning_tokens'])

/**
 * Reasoning tokens in the total but not in the completion. Audio of the prompt may be outside as well
 * (Mistral).
 */
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

/**
 * The charge the provider reports in USD: a number, an object with the total, or ticks. With a key of the
 * user's own, a router adds its fee to the host's price.
 */
function chargeIn(usage: Fields): number | null {
  const charged = amount(usage['cost']) ?? amount(asObject(usage['cost'])?.['total_cost'])
  const ticks = amount(usage['cost_in_usd_ticks'])
  if (charged === null) return ticks === null ? null : ticks / ticksPerUsd
  const upstream = amount(asObject(usage['cost_details'])?.['upstream_inference_cost'])
  return usage['is_byok'] === true ? amount(charged + (upstream ?? 0)) : charged
}

/** Counts the streamed text in another thread; if nothing is readable, each event is a token. */
async function counted({
  text,
  reasoning,
  other,
  events,
}: Stream): Promise<Pick<Usage, 'output' | 'reasoning' | 'source'>> {
  if (text + reasoning + other === '') return { output: events.length, reasoning: null, source: 'events' }
  const [said = 0, thought = 0, rest = 0] = await countTokens([text, reasoning, other])
  return {
    output: said + thought + rest,
    reasoning: thought > 0 ? thought : null,
    source: 'tokenizer',
  }
}
