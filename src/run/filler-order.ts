import type { Probe } from '../core/plan.ts'
import type { Work } from '../core/work.ts'
import type { FillerOrder } from './filler.ts'

/** What the filler of a probe depends on besides. */
interface Around {
  /** What all requests of its sweep share; absent if it is of none. */
  work: Work | undefined
  nonce: string
  /** As it is sent. */
  prompt: string
}

/**
 * The filler of a probe, null if it has none: of its own; after the beginning that a sweep shares; or for a request
 * of a trace, with blocks of which the same name is the same text, and so long that all it says has the traced size.
 */
export function fillerOrder(
  { contextTokens, asks }: Pick<Probe, 'contextTokens' | 'asks'>,
  { work, nonce, prompt }: Around,
): FillerOrder | null {
  if (contextTokens === null) return null
  const own = { tokens: contextTokens, seed: nonce }
  if (work?.trace !== undefined && asks?.blocks !== undefined) {
    const { blockTokens: tokens } = work.trace
    const begins = asks.blocks.map((name) => ({ tokens, seed: `${work.seed} ${name}` }))
    return { ...own, begins, prompt }
  }
  return work?.sharedTokens === undefined
    ? own
    : { ...own, begins: [{ tokens: work.sharedTokens, seed: work.seed }] }
}
