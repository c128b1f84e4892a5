import type { Histogram } from '../core/histogram.ts'
import type { ErrorKind } from '../core/outcome.ts'
import type { ProxyPhase } from '../core/proxy-record.ts'
import type {
  Family,
  FamilyDefinition,
  HistogramDefinition,
  HistogramFamily,
  Labels,
  Reading,
} from './metric-family.ts'

/** What is counted of requests that have something in common. */
export interface Traffic {
  inFlight: number
  /** By the status that the client got; 499 for what it left before there was one. */
  statuses: Record<string, number>
  /** By error kind, and by the phase in which the client left. */
  errors: Partial<Record<ErrorKind, number>>
  left: Partial<Record<ProxyPhase, number>>
  /** As of a probe, in ms: from the sending to the end, to the headers, to the first token; per token after the first. */
  durationMs: Histogram
  headersMs: Histogram
  ttftMs: Histogram
  tokenMs: Histogram
  inputTokens: number
  outputTokens: number
  reasoningTokens: number
  cachedTokens: number
  bytesOut: number
  costUsd: number
  /** Requests that succeeded and whose cost is unknown. */
  costUnknown: number
}

/** What a histogram shows of its values. */
export type Spread = HistogramFamily['series'][number]['histogram']

/** Metrics of traffic, and how each is read from it. */
export interface TrafficTable {
  counted: readonly Reading<Traffic>[]
  spread: readonly (readonly [HistogramDefinition, (traffic: Traffic) => Spread])[]
}

/** The definitions of a table, for documents. */
export const definitionsOf = ({
  counted,
  spread,
}: TrafficTable): (FamilyDefinition | HistogramDefinition)[] =>
  [...counted, ...spread].map(([definition]) => definition)

/** The families of a table: each has time series of everything that `of` names, without those that are empty. */
export function trafficFamilies(
  { counted, spread }: TrafficTable,
  { of, since }: { of: readonly { about: Labels; traffic: Traffic }[]; since: Date },
): (Family | HistogramFamily)[] {
  const counts = counted.map(([definition, read]): Family => {
    const samples = of.flatMap(({ about, traffic }) =>
      read(traffic).map(({ labels, value }) => ({ labels: { ...about, ...labels }, value, since })),
    )
    return { ...definition, samples }
  })
  const spreads = spread.map(([definition, read]): HistogramFamily => {
    const series = of.map(({ about, traffic }) => ({ labels: about, histogram: read(traffic) }))
    return { ...definition, series }
  })
  return [
    ...counts.filter(({ samples }) => samples.length > 0),
    ...spreads.filter(({ series }) => series.length > 0),
  ]
}
