import { version } from '../core/version.ts'
import type { ResultRow } from '../core/row.ts'
import { type Family, type Labels } from './metric-family.ts'
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
export function otlpRequest({ resource, families, now, calls }: OtlpInput): object {
  const metrics = [...families.map((family) => metricOf(family, now)), ...histogramsOf(calls)]
  return {
    resourceMetrics: [
      {
        resource: { attributes: attributesOf({ 'service.version': version, ...resource }) },
        scopeMetrics: [{ scope: { name: 'firsttoken', version }, metrics }],
      },
    ],
  }
}

const attributesOf = (labels: Labels) =>
  Object.entries(labels).map(([key, value]) => ({ key, value: { stringValue: value } }))

/** 64-bit numbers are texts in OTLP/JSON. */
const nanos = (date: Date) => `${BigInt(date.getTime()) * 1_000_000n}`

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
      ? { sum: { aggregationTemporality: cumulative, isMonotonic: true, dataPoints } }
      : { gauge: { dataPoints } }),
  }
}

const delta = 1
const cumulative = 2

/** The bounds that the conventions ask for. */
const durations = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
const tokens = Array.from({ length: 14 }, (_, power) => 4 ** power)

/** A histogram of the GenAI conventions, and the values that a call adds to it. */
interface Instrument {
  name: string
  unit: string
  description: string
  bounds: readonly number[]
  values: (result: ResultRow) => readonly { value: number | null; attributes?: Labels }[]
}

/**
 * github.com/open-telemetry/semantic-conventions-genai: what a client sees. The names under `gen_ai.server`
 * are for those who run a model: what we measure includes the network.
 */
const instruments: readonly Instrument[] = [
  {
    name: 'gen_ai.client.operation.duration',
    unit: 's',
    description: 'GenAI operation duration.',
    bounds: durations,
    values: ({ total_latency_ms, error_kind }) => [
      {
        value: total_latency_ms / 1000,
        ...(error_kind !== null && { attributes: { 'error.type': error_kind } }),
      },
    ],
  },
  {
    name: 'gen_ai.client.operation.time_to_first_chunk',
    unit: 's',
    description: 'Time to receive the first chunk with a token.',
    bounds: durations,
    values: ({ ttft_ms, timing_quality }) => [
      { value: ttft_ms === null || timing_quality === 'untrusted' ? null : ttft_ms / 1000 },
    ],
  },
  {
    name: 'gen_ai.client.token.usage',
    unit: '{token}',
    description: 'Number of input and output tokens used.',
    bounds: tokens,
    values: ({ input_tokens, output_tokens }) => [
      { value: input_tokens, attributes: { 'gen_ai.token.type': 'input' } },
      { value: output_tokens, attributes: { 'gen_ai.token.type': 'output' } },
    ],
  },
]

function histogramsOf({ since, until, results, providerName }: CallsOfRun) {
  return instruments.flatMap(({ name, unit, description, bounds, values }) => {
    const measured = results.flatMap((result) =>
      values(result).flatMap(({ value, attributes }) =>
        value === null
          ? []
          : [{ value, attributes: { ...attributesOfCall(result, providerName), ...attributes } }],
      ),
    )
    const groups = Map.groupBy(measured, ({ attributes }) => JSON.stringify(attributes))
    const dataPoints = [...groups.values()].flatMap((group) => {
      const [first] = group
      if (first === undefined) return []
      const counted = histogramOf(
        group.map(({ value }) => value),
        bounds,
      )
      const span = { startTimeUnixNano: nanos(since), timeUnixNano: nanos(until) }
      return [{ attributes: attributesOf(first.attributes), ...span, ...counted }]
    })
    const histogram = { aggregationTemporality: delta, dataPoints }
    return dataPoints.length === 0 ? [] : [{ name, description, unit, histogram }]
  })
}

const attributesOfCall = (
  { provider, model, region, synthetic }: ResultRow,
  providerName: CallsOfRun['providerName'],
): Labels => ({
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': providerName(provider),
  'gen_ai.request.model': model,
  'firsttoken.region': region,
  ...(synthetic && { 'firsttoken.synthetic': 'true' }),
})

/** A bucket holds what is at most its bound and above the one before; the last one what is above them all. */
function histogramOf(values: readonly number[], bounds: readonly number[]) {
  const bucketOf = (value: number) => bounds.findIndex((bound) => value <= bound)
  const counts = [...bounds, Infinity].map(
    (_, at) => values.filter((value) => bucketOf(value) === (at === bounds.length ? -1 : at)).length,
  )
  return {
    count: String(values.length),
    sum: values.reduce((sum, value) => sum + value, 0),
    min: Math.min(...values),
    max: Math.max(...values),
    bucketCounts: counts.map(String),
    explicitBounds: bounds,
  }
}
