import type { Clock } from '../core/clock.ts'
import { emptyHistogram, type Histogram, observe } from '../core/histogram.ts'
import type { ProxyRecord } from '../core/proxy-record.ts'
import type { Family, HistogramFamily } from '../report/metric-family.ts'
import { exposition, formatFor, mediaTypes } from '../report/prometheus.ts'
import { proxyFamilies, type ProxyTraffic } from '../report/proxy-families.ts'
import type { Traffic } from '../report/traffic-families.ts'
import { type AskedModel, type IsKnownModel, modelLabel } from './model-label.ts'

/** Counts what passes through the proxy, in memory, from the start of the process on. */
export interface ProxyMetrics {
  /** Counts a request as in flight; what is returned ends that, once. */
  begin: (asked: AskedModel) => () => void
  /** Counts a request that has ended. */
  add: (record: ProxyRecord) => void
  /** Counts a request that was refused before it had an upstream; the code is one of ours. */
  refuse: (code: string) => void
  /** All that was counted. */
  families: () => (Family | HistogramFamily)[]
  /** The same as `/metrics`, for a request with this `Accept`. */
  page: (accept: string | null) => { type: string; text: string }
}

interface ProxyMetricsParts {
  clock: Pick<Clock, 'date'>
  /** The models that have time series of their own. */
  isKnownModel: IsKnownModel
  /** What became of the rows of requests; null if none are kept. */
  records: (() => ProxyTraffic['records']) | null
}

/** Bounds in ms. Hosted models answer within 0.15 to 3 s; a quantile errs by half a bucket at most. */
const ttftBounds = [
  10, 25, 50, 100, 150, 200, 300, 400, 500, 750, 1000, 1500, 2000, 3000, 5000, 7500, 10_000, 15_000, 30_000,
  60_000, 120_000,
]
const durationBounds = [...ttftBounds, 300_000, 600_000]
const headersBounds = [1, 2.5, 5, ...ttftBounds]
const tokenBounds = [1, 2, 5, 10, 15, 20, 30, 50, 75, 100, 200, 500, 1000, 2500]
const overheadBounds = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 250, 1000]

/** The status of a request whose client left before it had one, in logs of servers. */
const clientClosed = 499

/** Begins to count. */
export function createProxyMetrics({ clock, isKnownModel, records }: ProxyMetricsParts): ProxyMetrics {
  const since = clock.date()
  const ofProviders = new Map<string, Map<string, Traffic>>()
  const ofModels = new Map<string, Traffic>()
  const before = emptyHistogram(overheadBounds)
  const firstToken = emptyHistogram(overheadBounds)
  const refused: Record<string, number> = {}

  /** Where a request is counted. */
  const trafficOf = (asked: AskedModel): readonly Traffic[] => {
    const model = modelLabel(asked, isKnownModel)
    const ofProvider = getOrMake(ofProviders, asked.provider, () => new Map<string, Traffic>())
    return [getOrMake(ofProvider, model, noTraffic), getOrMake(ofModels, model, noTraffic)]
  }

  const families = () =>
    proxyFamilies({
      since,
      node: process.version,
      ofProviders: [...ofProviders].flatMap(([provider, models]) =>
        [...models].map(([model, traffic]) => ({ provider, model, traffic })),
      ),
      ofModels: [...ofModels].map(([model, traffic]) => ({ model, traffic })),
      overheadMs: { before, first_token: firstToken },
      refused,
      records: records?.() ?? null,
    })

  return {
    begin: (asked) => {
      const counted = trafficOf(asked)
      for (const traffic of counted) traffic.inFlight += 1
      let ended = false
      return () => {
        if (!ended) for (const traffic of counted) traffic.inFlight -= 1
        ended = true
      }
    },
    add: (record) => {
      for (const traffic of trafficOf(record)) count(traffic, record)
      observeKnown(before, record.overheadBeforeMs)
      observeKnown(firstToken, record.overheadFirstMs)
    },
    refuse: (code) => increase(refused, code),
    families,
    page: (accept) => {
      const format = formatFor(accept)
      return { type: mediaTypes[format], text: exposition(families(), format) }
    },
  }
}

const noTraffic = (): Traffic => ({
  inFlight: 0,
  statuses: {},
  errors: {},
  left: {},
  durationMs: emptyHistogram(durationBounds),
  headersMs: emptyHistogram(headersBounds),
  ttftMs: emptyHistogram(ttftBounds),
  tokenMs: emptyHistogram(tokenBounds),
  inputTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  cachedTokens: 0,
  bytesOut: 0,
  costUsd: 0,
  costUnknown: 0,
})

/** A timing that is not trusted is no sample, and what did not happen has none. */
function count(traffic: Traffic, record: ProxyRecord): void {
  const { status, errorKind, clientLeft, timingQuality, tps, sentMs, headersMs } = record
  increase(traffic.statuses, `${status ?? clientClosed}`)
  if (errorKind !== null) increase(traffic.errors, errorKind)
  if (clientLeft !== null) increase(traffic.left, clientLeft)
  observe(traffic.durationMs, record.totalLatencyMs)
  observeKnown(traffic.headersMs, sentMs === null || headersMs === null ? null : headersMs - sentMs)
  if (timingQuality !== 'untrusted') {
    observeKnown(traffic.ttftMs, record.ttftMs)
    observeKnown(traffic.tokenMs, tps === null ? null : 1000 / tps)
  }
  traffic.bytesOut += record.responseBytes
  countUsage(traffic, record)
}

function countUsage(traffic: Traffic, record: ProxyRecord): void {
  traffic.inputTokens += record.inputTokens ?? 0
  traffic.outputTokens += record.outputTokens ?? 0
  traffic.reasoningTokens += record.reasoningTokens ?? 0
  traffic.cachedTokens += record.cachedTokens ?? 0
  traffic.costUsd += record.costUsd ?? 0
  if (record.success && record.costUsd === null) traffic.costUnknown += 1
}

function observeKnown(histogram: Histogram, value: number | null): void {
  if (value !== null) observe(histogram, value)
}

function increase<Name extends string>(counts: Partial<Record<Name, number>>, name: Name): void {
  counts[name] = (counts[name] ?? 0) + 1
}

function getOrMake<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
