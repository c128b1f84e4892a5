/** What a call spends its time on, in order. */
export const phaseNames = ['dns', 'tcp', 'tls', 'wait', 'reasoning', 'answer'] as const
export type PhaseName = (typeof phaseNames)[number]

/** Each phase by its name for people, and what it is. */
export const phaseAbout: Readonly<Record<PhaseName, { label: string; meaning: string }>> = {
  dns: { label: 'DNS', meaning: 'Finding the address of the host; none where the socket was open already' },
  tcp: { label: 'TCP', meaning: 'Opening the socket' },
  tls: { label: 'TLS', meaning: 'Agreeing on its encryption' },
  wait: {
    label: 'Wait',
    meaning: 'From the request to the first token: network, queue and reading the prompt',
  },
  reasoning: { label: 'Reasoning', meaning: 'From the first token to the first of the answer' },
  answer: { label: 'Answer', meaning: 'From the first token of the answer to the end of the stream' },
}

/** Of a result what phases are made of, in ms. */
export interface Phased {
  dns_ms: number | null
  tcp_ms: number | null
  tls_ms: number | null
  ttft_ms: number | null
  ttfa_ms: number | null
  total_latency_ms: number
}

/** How long each phase of a call took, in ms; null where there was none. */
export function phasesOf(call: Phased): Record<PhaseName, number | null> {
  const {
    dns_ms: dns,
    tcp_ms: tcp,
    tls_ms: tls,
    ttft_ms: first,
    ttfa_ms: answer,
    total_latency_ms: end,
  } = call
  const reasoned = first === null ? null : (answer ?? end) - first
  return {
    dns,
    tcp,
    tls,
    wait: first ?? end,
    reasoning: reasoned === 0 ? null : reasoned,
    answer: answer === null ? null : end - answer,
  }
}

/** The median of the values; null without any. */
export function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  const [low, high] = [sorted[half - 1], sorted[half]]
  if (high === undefined) return null
  return sorted.length % 2 === 1 || low === undefined ? high : (low + high) / 2
}
