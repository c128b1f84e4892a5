import type { ListSource, ParameterRule } from '../core/provider.ts'

/** The usual listing: ids only. */
export const openaiList: ListSource = { path: '/models', prices: null }

/** Sampling parameters that reasoning models reject with a 400. */
export const sampling = [
  'top_p',
  'logprobs',
  'top_logprobs',
  'logit_bias',
  'presence_penalty',
  'frequency_penalty',
] as const

/** Turns reasoning down by OpenAI's parameter. */
export const effort = (reasoning_effort: string): Pick<ParameterRule, 'leastReasoning'> => ({
  leastReasoning: { reasoning_effort },
})

/** Turns reasoning off by the switch the Chinese labs share. */
export const thinkingOff: Pick<ParameterRule, 'leastReasoning'> = {
  leastReasoning: { thinking: { type: 'disabled' } },
}
