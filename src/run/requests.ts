import type { Level } from '../core/plan.ts'
import { makeNonce } from '../core/prompt.ts'
import { shuffle } from '../core/random.ts'
import type { Asks, OutputLengths, TracedRequest, Work } from '../core/work.ts'
import { tracedDueTimes } from '../lab/trace.ts'
import { dueOf } from './level.ts'

/** A request of a level, before anything is known of its target. */
export interface PlannedRequest {
  /** In ms after the level began; null in a closed loop. */
  dueMs: number | null
  contextTokens: number | null
  asks: Asks
}

/** What a level is made with. */
interface RequestParts {
  work: Pick<Work, 'cache' | 'outputs' | 'prompts' | 'trace'>
  /** Of a trace, in order of time: one for each request of the level. */
  traced?: readonly TracedRequest[]
  random: () => number
}

/**
 * The requests of a level, warm-ups first: when they are due, in one stream of arrivals so that warm-ups are handed
 * over to the rest, and what they say. The same random numbers make the same requests.
 */
export function requestsOf(
  { load, contextTokens, warmups, total }: Level,
  { work, traced = [], random }: RequestParts,
): PlannedRequest[] {
  const n = warmups + total
  const due = work.trace ? tracedDueTimes(traced, work.trace.speed) : dueOf({ load, warmups, total })
  const alike = work.cache === 'warm' ? makeNonce(random) : null
  const prompts = inTurn([...(work.prompts ?? []).keys()], random)
  const outputs = work.outputs === undefined ? null : outputsOf(work.outputs, random)
  return Array.from({ length: n }, (_, index): PlannedRequest => {
    const nonce = alike ?? makeNonce(random)
    const prompt = prompts.next()
    const request = traced[index]
    const maxTokens = request?.outputTokens ?? outputs?.next().value
    return {
      dueMs: due[index] ?? null,
      contextTokens: request?.inputTokens ?? contextTokens,
      asks: {
        nonce,
        ...(maxTokens !== undefined && { maxTokens }),
        ...(prompt.done !== true && { prompt: prompt.value }),
        ...(request && { blocks: blocksOf(request, work.trace) }),
      },
    }
  })
}

/** The blocks that a request has room for. */
const blocksOf = ({ inputTokens, blocks }: TracedRequest, trace: Work['trace']): readonly string[] =>
  blocks.slice(0, Math.ceil(inputTokens / (trace?.blockTokens ?? 1)))

function* outputsOf(outputs: OutputLengths, random: () => number): Generator<number, never> {
  if ('list' in outputs) for (;;) yield* inTurn(outputs.list, random)
  const { least, most } = outputs
  for (;;) yield least + Math.floor(random() * (most - least + 1))
}

/** Each once in every round, round after round, in an order of its own; nothing of nothing. */
function* inTurn<Item>(items: readonly Item[], random: () => number): Generator<Item, void> {
  while (items.length > 0) yield* shuffle(items, random)
}
