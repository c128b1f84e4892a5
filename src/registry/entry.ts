import type { StatusFeed } from '../core/official-status.ts'
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

/**
 * A page of Atlassian Statuspage, or of incident.io, which answers at the same paths. Statuspage's summary has its
 * announcements; incident.io's lacks parts of the service that its `components` list.
 */
export const statuspage = (page: string, state: 'summary' | 'components' = 'summary'): StatusFeed => ({
  dialect: 'statuspage',
  page,
  documents: [`${page}/api/v2/${state}.json`, `${page}/api/v2/incidents.json`],
})
