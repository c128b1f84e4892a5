import { version } from '../core/version.ts'
import type { Labels } from './metric-family.ts'

// What requests of OTLP/JSON (opentelemetry.io/docs/specs/otlp) are made of.

/** Texts as attributes. */
export const attributesOf = (labels: Labels) =>
  Object.entries(labels).map(([key, value]) => ({ key, value: { stringValue: value } }))

/** A moment, some ms after another. 64-bit numbers are texts in OTLP/JSON. */
export const nanos = (date: Date, ms = 0): string =>
  `${BigInt(date.getTime()) * 1_000_000n + BigInt(Math.round(ms * 1e6))}`

/** Whether numbers are of the time since the last push, or of all time. */
export const temporalities = { delta: 1, cumulative: 2 } as const

/** Who tells of something. */
const scope = { name: 'firsttoken', version } as const

/** What all of a request is of. */
const resourceOf = (resource: Labels) => ({
  attributes: attributesOf({ 'service.version': version, ...resource }),
})

/** An ExportMetricsServiceRequest. */
export const metricsRequest = (resource: Labels, metrics: readonly object[]): object => ({
  resourceMetrics: [{ resource: resourceOf(resource), scopeMetrics: [{ scope, metrics }] }],
})

/** An ExportTraceServiceRequest. */
export const tracesRequest = (resource: Labels, spans: readonly object[]): object => ({
  resourceSpans: [{ resource: resourceOf(resource), scopeSpans: [{ scope, spans }] }],
})
