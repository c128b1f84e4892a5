import type { Price } from '../core/price.ts'
import type { Candidate, ListSource, ParameterRule } from '../core/provider.ts'

/** A candidate with its price in USD per million tokens as published in November 2026. */
export const candidate = (model: string, inputPerM: number, outputPerM: number): Candidate => ({
  model,
  price: { inputPerM, outputPerM, cachedPerM: null, reasoningPerM: null, source: 'registry' },
})

/** The same with a rate of its own for cached input. */
export const cachedAt = (cachedPerM: number, { model, price }: Candidate): Candidate => ({
  model,
  price: { ...(price as Price), cachedPerM },
})

/** A candidate whose price we never saw. */
export const noPrice = (model: string): Candidate => ({ model, price: null })

/** The listing that most providers have: ids alone. */
export const openaiList: ListSource = { path: '/models', shape: 'openai', prices: null }

/** Sampling parameters that reasoning models refuse with a 400. */
export const sampling = [
  'top_p',
  'logprobs',
  'top_logprobs',
  'logit_bias',
  'presence_penalty',
  'frequency_penalty',
] as const

/** Reasoning is turned down by OpenAI's parameter. */
export const effort = (reasoning_effort: string): Pick<ParameterRule, 'leastReasoning'> => ({
  leastReasoning: { reasoning_effort },
})
/** Reasoning is turned off by the switch that the Chinese labs share. */
export const thinkingOff: Pick<ParameterRule, 'leastReasoning'> = {
  leastReasoning: { thinking: { type: 'disabled' } },
}
