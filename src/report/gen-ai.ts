import { countOf, emptyHistogram, type Histogram, observe } from '../core/histogram.ts'
import type { Labels } from './metric-family.ts'
import { attributesOf, nanos, temporalities } from './otlp-parts.ts'

/** A call as the GenAI conventions see it. */
export interface GenAiCall {
  /** What it is of: `attributesOfCall`. */
  attributes: Labels
  errorType: string | null
  durationMs: number
  firstChunkMs: number | null
  inputTokens: number | null
  outputTokens: number | null
}

/** Counts calls into the histograms of the conventions. */
export interface CallCounter {
  add: (call: GenAiCall) => void
  /** The metrics in OTLP/JSON: all that was added since this counter was made. */
  metrics: (times: { since: Date; until: Date }) => object[]
}

/** The bounds that the conventions ask for. */
const durations = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
const tokens = Array.from({ length: 14 }, (_, power) => 4 ** power)

/** A histogram of the GenAI conventions, and the values that a call adds to it. */
interface Instrument {
  name: string
  unit: string
  description: string
  bounds: readonly number[]
  values: (call: GenAiCall) => readonly { value: number | null; attributes?: Labels }[]
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
    values: ({ durationMs, errorType }) => [
      { value: durationMs / 1000, ...(errorType !== null && { attributes: { 'error.type': errorType } }) },
    ],
  },
  {
    name: 'gen_ai.client.operation.time_to_first_chunk',
    unit: 's',
    description: 'Time to receive the first chunk.',
    bounds: durations,
    values: ({ firstChunkMs }) => [{ value: firstChunkMs === null ? null : firstChunkMs / 1000 }],
  },
  {
    name: 'gen_ai.client.token.usage',
    unit: '{token}',
    description: 'Number of input and output tokens used.',
    bounds: tokens,
    values: ({ inputTokens, outputTokens }) => [
      { value: inputTokens, attributes: { 'gen_ai.token.type': 'input' } },
      { value: outputTokens, attributes: { 'gen_ai.token.type': 'output' } },
    ],
  },
]

/** A counter without calls: `delta` if its metrics are pushed once, `cumulative` if it goes on counting after a push. */
export function countCalls(temporality: keyof typeof temporalities): CallCounter {
  const counted = instruments.map((instrument) => ({ instrument, points: new Map<string, Point>() }))
  return {
    add: (call) => {
      for (const { instrument, points } of counted)
        for (const { value, attributes } of instrument.values(call))
          if (value !== null)
            observe(histogramOf(points, { ...call.attributes, ...attributes }, instrument.bounds), value)
    },
    metrics: ({ since, until }) =>
      counted
        .filter(({ points }) => points.size > 0)
        .map(({ instrument: { name, unit, description }, points }) => {
          const span = { startTimeUnixNano: nanos(since), timeUnixNano: nanos(until) }
          const dataPoints = [...points.values()].map((point) => ({ ...dataPoint(point), ...span }))
          const histogram = { aggregationTemporality: temporalities[temporality], dataPoints }
          return { name, description, unit, histogram }
        }),
  }
}

interface Point {
  attributes: Labels
  histogram: Histogram
}

function histogramOf(points: Map<string, Point>, attributes: Labels, bounds: readonly number[]): Histogram {
  const key = JSON.stringify(attributes)
  const { histogram } = points.get(key) ?? { histogram: emptyHistogram(bounds) }
  points.set(key, { attributes, histogram })
  return histogram
}

const dataPoint = ({ attributes, histogram }: Point) => ({
  attributes: attributesOf(attributes),
  count: `${countOf(histogram)}`,
  sum: histogram.sum,
  min: histogram.min,
  max: histogram.max,
  bucketCounts: histogram.counts.map(String),
  explicitBounds: histogram.bounds,
})

/** What a call is of. */
interface Callee {
  operation: 'chat' | 'text_completion'
  /** As the conventions call the provider. */
  providerName: string
  model: string
  region: string
  synthetic: boolean
}

/** The attributes of a call. */
export const attributesOfCall = ({ operation, providerName, model, region, synthetic }: Callee): Labels => ({
  'gen_ai.operation.name': operation,
  'gen_ai.provider.name': providerName,
  'gen_ai.request.model': model,
  'firsttoken.region': region,
  ...(synthetic && { 'firsttoken.synthetic': 'true' }),
})
