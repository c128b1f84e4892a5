import type { ResultRow } from '../core/row.ts'
import { attributesOfCall, countCalls, type GenAiCall } from './gen-ai.ts'
import type { Family, Labels } from './metric-family.ts'
import { attributesOf, metricsRequest, nanos, temporalities } from './otlp-parts.ts'
import { sampleName } from './prometheus.ts'

/** The calls of a run, for the histograms of the GenAI conventions. */
interface CallsOfRun {
  since: Date
  until: Date
  results: readonly ResultRow[]
  /** What OpenTelemetry calls a provider. */
  providerName: (id: string) => string
}

/** Everything that is pushed after a run. */
export interface OtlpInput {
  resource: Labels
  /** What the database knows, as `/metrics` shows it; empty if it could not be read. */
  families: readonly Family[]
  now: Date
  calls: CallsOfRun
}

/**
 * An ExportMetricsServiceRequest in OTLP/JSON (opentelemetry.io/docs/specs/otlp): the families of `/metrics`,
 * whose counters are cumulative since the first call, because the database counts them; and histograms of the
 * calls of this run, as deltas, because the process that counts them ends with it.
 */
export const otlpRequest = ({ resource, families, now, calls }: OtlpInput): object =>
  metricsRequest(resource, [...families.map((family) => metricOf(family, now)), ...metricsOfCalls(calls)])

/** UCUM: what is counted or paid has an annotation for a unit. */
const units = { seconds: 's', usd: '{USD}', tokens: '{token}', usd_per_token: '{USD}/{token}' } as const

/**
 * A family under the name that a collector turns into its name in `/metrics` again: a unit and a type that
 * OpenTelemetry has words for are no part of its name.
 */
function metricOf(family: Family, now: Date) {
  const { type, unit, help, samples } = family
  const name = type === 'info' ? sampleName(family) : family.name.replace(/_seconds$/, '')
  const dataPoints = samples.map(({ labels, value, since }) => ({
    attributes: attributesOf(labels),
    ...(type === 'counter' && since !== null && { startTimeUnixNano: nanos(since) }),
    timeUnixNano: nanos(now),
    asDouble: value,
  }))
  return {
    name: name.replace('firsttoken_', 'firsttoken.'),
    description: help,
    unit: unit === null ? '' : units[unit],
    ...(type === 'counter'
      ? { sum: { aggregationTemporality: temporalities.cumulative, isMonotonic: true, dataPoints } }
      : { gauge: { dataPoints } }),
  }
}

function metricsOfCalls({ since, until, results, providerName }: CallsOfRun): object[] {
  const counter = countCalls('delta')
  for (const result of results) counter.add(callOf(result, providerName))
  return counter.metrics({ since, until })
}

/** For a probe, a chunk without a token is none. A timing that is not trusted is no sample. */
const callOf = (result: ResultRow, providerName: CallsOfRun['providerName']): GenAiCall => ({
  attributes: attributesOfCall({
    operation: 'chat',
    providerName: providerName(result.provider),
    model: result.model,
    region: result.region,
    synthetic: result.synthetic,
  }),
  errorType: result.error_kind,
  durationMs: result.total_latency_ms,
  firstChunkMs: result.timing_quality === 'untrusted' ? null : result.ttft_ms,
  inputTokens: result.input_tokens,
  outputTokens: result.output_tokens,
})
