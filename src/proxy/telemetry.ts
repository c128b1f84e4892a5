import type { Clock } from '../core/clock.ts'
import type { ProxyRecord } from '../core/proxy-record.ts'
import type { Otlp } from '../net/otlp.ts'
import { genAiName } from '../registry/providers.ts'
import { attributesOfCall, countCalls, type GenAiCall } from '../report/gen-ai.ts'
import { metricsRequest, tracesRequest } from '../report/otlp-parts.ts'
import { firstChunkMs, operations, spanOf } from '../report/proxy-spans.ts'
import { type IsKnownModel, modelLabel } from './model-label.ts'

/** Pushes what passes through the proxy by OpenTelemetry: a span for each request, and the metrics of all. */
export interface ProxyTelemetry {
  /** Takes in a request that has ended, at once. */
  add: (record: ProxyRecord) => void
  /** Spans that were not pushed, because more waited than fit. Metrics lose nothing. */
  dropped: () => number
  /** Pushes what waits, within `closeMs`. Never rejects. */
  close: () => Promise<void>
}

interface ProxyTelemetryParts {
  /** Where each signal goes; null if it is not asked for. */
  metrics: Otlp | null
  traces: Otlp | null
  clock: Pick<Clock, 'date'>
  /** The models that metrics name. */
  isKnownModel: IsKnownModel
  /** Tells this process from others with the same resource, whose counts differ. */
  instance: string
  /** How often, in ms; and how long the end may take. */
  spansEveryMs?: number
  metricsEveryMs?: number
  closeMs?: number
}

/** As many spans as may wait, and as go into one push: making these stops the event loop for some ms. */
const mostSpans = 2048
const spansAPush = 512

/** Begins to push, now and then. */
export function startProxyTelemetry({
  metrics,
  traces,
  clock,
  isKnownModel,
  instance,
  spansEveryMs = 5000,
  metricsEveryMs = 30_000,
  closeMs = 5000,
}: ProxyTelemetryParts): ProxyTelemetry {
  const since = clock.date()
  const counter = countCalls('cumulative')
  const waiting: ProxyRecord[] = []
  let dropped = 0
  const resourceOf = ({ resource }: Otlp) => ({ 'service.instance.id': instance, ...resource })

  const pushSpans = async () => {
    if (traces === null) return
    while (waiting.length > 0) {
      const spans = waiting.splice(0, spansAPush).map((record) => spanOf(record, genAiName))
      await traces.push(tracesRequest(resourceOf(traces), spans))
    }
  }
  const pushMetrics = async () => {
    const counted = counter.metrics({ since, until: clock.date() })
    if (metrics === null || counted.length === 0) return
    await metrics.push(metricsRequest(resourceOf(metrics), counted))
  }
  const spanPushes = repeat(pushSpans, spansEveryMs)
  const metricPushes = repeat(pushMetrics, metricsEveryMs)

  return {
    add: (record) => {
      if (metrics !== null) counter.add(callOf(record, isKnownModel))
      if (traces === null) return
      if (waiting.length < mostSpans) waiting.push(record)
      else dropped += 1
    },
    dropped: () => dropped,
    close: () => atMost(closeMs, Promise.all([spanPushes.end(), metricPushes.end()])),
  }
}

/** Does something now and then, one at a time; `end` does it a last time. What is done must not reject. */
function repeat(act: () => Promise<void>, everyMs: number): { end: () => Promise<void> } {
  let underWay: Promise<void> | null = null
  const timer = setInterval(() => {
    underWay ??= act().finally(() => (underWay = null))
  }, everyMs).unref()
  return {
    end: async () => {
      clearInterval(timer)
      await underWay
      await act()
    },
  }
}

/** Waits for something, but not for longer than this. */
async function atMost(ms: number, done: Promise<unknown>): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  await Promise.race([done, over])
  clearTimeout(timer)
}

/** A timing that is not trusted is no sample. */
const callOf = (record: ProxyRecord, isKnownModel: IsKnownModel): GenAiCall => ({
  attributes: {
    ...attributesOfCall({
      operation: operations[record.path],
      providerName: genAiName(record.provider),
      model: modelLabel(record, isKnownModel),
      region: record.region,
      synthetic: record.synthetic,
    }),
    'firsttoken.source': 'proxy',
  },
  errorType: record.errorKind,
  durationMs: record.totalLatencyMs,
  firstChunkMs: record.timingQuality === 'untrusted' ? null : firstChunkMs(record),
  inputTokens: record.inputTokens,
  outputTokens: record.outputTokens,
})
