import type { Answer } from '../../api/client.ts'
import { count, duration, usd } from '../../format/numbers.ts'
import { plural, spoken } from '../../format/words.ts'

type InFull = Answer<'GET /api/v1/runs/{id}'>
export type RunTarget = InFull['targets'][number]
export type Call = InFull['probes']['rows'][number]
type Samples = RunTarget['ttft_ms']

/** From how many samples on a percentile is more than the largest of them. */
const p95From = 59

/** What the median of samples rests on: `n 5 · 138–317`, with p95 once there are enough. */
export function groundOf(samples: Samples, digits = 0): string {
  if (samples === null) return ''
  const { n, min, max, p95 } = samples
  const spread = n === 1 ? '' : ` · ${min.toFixed(digits)}–${max.toFixed(digits)}`
  return `n ${count(n)}${n < p95From ? spread : ` · p95 ${p95.toFixed(digits)}`}`
}

/** All about samples, for a title. */
export function statisticsOf(samples: Samples, unit: string): string | undefined {
  if (samples === null) return undefined
  const { n, min, mean, sd, p50, max } = samples
  const shown = (value: number) => `${value >= 100 ? Math.round(value) : value.toFixed(1)} ${unit}`
  const spread = sd === null ? '' : `, standard deviation ${shown(sd)}`
  return `${plural(n, 'sample')}: median ${shown(p50)}, mean ${shown(mean)}${spread}, from ${shown(min)} to ${shown(max)}`
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** Those with failures first, most of them first; the rest as they were planned. */
export const failedFirst = (targets: readonly RunTarget[]): RunTarget[] =>
  targets.toSorted((a, b) => b.n_failed - a.n_failed || b.n_skipped - a.n_skipped)

/** How many different ones there are, and from which regions they were called. */
export const breadthOf = (targets: readonly RunTarget[]) => ({
  targets: new Set(targets.map(({ target_id: id }) => id)).size,
  regions: [...new Set(targets.map(({ region }) => region))].filter((region) => region !== null),
})

/** What a run cost, and how many of its answers have no price. */
export function costOf(targets: readonly RunTarget[]): { usd: string; ground: string } {
  const answers = sum(targets.map(({ n_ok: n }) => n))
  const unknown = sum(targets.map(({ n_cost_unknown: n }) => n))
  const cost = sum(targets.map(({ cost_usd: each }) => each))
  if (answers > 0 && unknown >= answers) return { usd: '–', ground: 'no price is known' }
  return {
    usd: usd(cost),
    ground:
      unknown === 0 ? `of ${plural(answers, 'answer')}` : `${plural(unknown, 'answer')} without a price`,
  }
}

/** Tokens in and out of all targets. */
export const tokensOf = (targets: readonly RunTarget[]) => ({
  input: sum(targets.map(({ input_tokens: n }) => n)),
  output: sum(targets.map(({ output_tokens: n }) => n)),
})

/** Counts by a word, most first: `3 overloaded, 1 timeout first token`. */
export const tally = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, n]) => `${n} ${spoken(name)}`)
    .join(', ')

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** The settings of a run in words; its texts, and the hash of one, stand elsewhere. */
export function settingsOf(settings: InFull['settings']): { name: string; value: string }[] {
  return Object.entries(settings).flatMap(([name, value]) => {
    if (name === 'prompt' || name === 'prompt_hash' || value === null) return []
    if (name === 'timeouts') return [{ name: 'timeouts', value: timeouts(value as Record<string, number>) }]
    const shown = typeof value === 'boolean' ? (value ? 'yes' : 'no') : text(value)
    return [{ name: spoken(name), value: shown }]
  })
}

const timeouts = (given: Readonly<Record<string, number>>): string =>
  Object.entries(given)
    .toSorted(([, a], [, b]) => a - b)
    .map(([name, ms]) => `${spoken(name)} ${duration(ms)}`)
    .join(', ')

/** How a call went: its error by name, why it was not made, or that it waits. */
export function outcomeOf({ status, success, error_kind: kind, skip_reason: reason }: Call) {
  if (success === true) return { icon: 'up', word: 'succeeded', why: null } as const
  if (success === false) return { icon: 'down', word: spoken(kind ?? 'failed'), why: null } as const
  if (reason !== null || status === 'skipped')
    return { icon: 'paused', word: 'skipped', why: reason } as const
  return { icon: 'stale', word: spoken(status), why: null } as const
}

/** Parameters of a target that are not the usual ones. */
export function extrasOf(parameters: Readonly<Record<string, unknown>> | null): string {
  return Object.entries(parameters ?? {})
    .filter(([name, value]) => !(name === 'reasoning' && value === 'least'))
    .map(([name, value]) => `${name} ${text(value).replaceAll('"', '')}`)
    .join(' · ')
}
