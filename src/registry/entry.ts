import type { ListSource, ParameterRule } from '../core/provider.ts'

/** The listing that most providers have: ids alone. */
export const openaiList: ListSource = { path: '/models', prices: null }

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
