import { carriesTokens } from '../core/timeline.ts'
import type { Usage } from '../core/usage.ts'
import type { Stream } from './stream.ts'
import { countTokens } from './token-counter.ts'
import { readUsage } from './usage.ts'

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
