import type { ProxyPath, ProxyRecord } from '../core/proxy-record.ts'
import { nanos } from './otlp-parts.ts'

/** What the GenAI conventions call the endpoints. */
export const operations = { chat: 'chat', completions: 'text_completion' } as const satisfies Record<
  ProxyPath,
  string
>

/** SPAN_KIND_CLIENT: the proxy is a client of the model. */
const client = 3
/** STATUS_CODE_ERROR. */
const failed = 2

type Attributes = readonly { key: string; value: object }[]

/** An attribute of one type; none if its value is unknown. */
const attribute =
  <Value>(type: string, encode: (value: Value) => unknown) =>
  (key: string, value: Value | null): Attributes =>
    value === null ? [] : [{ key, value: { [type]: encode(value) } }]
const text = attribute('stringValue', (value: string) => value)
const flag = attribute('boolValue', (value: boolean) => value)
const int = attribute('intValue', String)
const double = attribute('doubleValue', (value: number) => value)
const seconds = (key: string, ms: number | null) => double(key, ms === null ? null : ms / 1000)
const texts = attribute('arrayValue', (values: readonly string[]) => ({
  values: values.map((stringValue) => ({ stringValue })),
}))

/**
 * A request as a span of the GenAI conventions, in OTLP/JSON, from its first byte to its end. Its trace is the id of the
 * request without dashes, so that `x-firsttoken-id` leads to it. A client that left is no error.
 */
export function spanOf(record: ProxyRecord, providerName: (id: string) => string): object {
  const { id, receivedAt, endMs, errorKind, clientLeft } = record
  const traceId = id.replaceAll('-', '')
  return {
    traceId,
    spanId: traceId.slice(16),
    name: `${operations[record.path]} ${record.modelAsked}`,
    kind: client,
    startTimeUnixNano: nanos(receivedAt),
    endTimeUnixNano: nanos(receivedAt, endMs),
    attributes: [
      ...ofRequest(record, providerName),
      ...ofAnswer(record),
      ...ofUsage(record),
      ...ofMeasurement(record),
    ],
    status: errorKind === null || clientLeft !== null ? {} : { code: failed },
  }
}

const ofRequest = (record: ProxyRecord, providerName: (id: string) => string): Attributes => [
  ...text('gen_ai.operation.name', operations[record.path]),
  ...text('gen_ai.provider.name', providerName(record.provider)),
  ...text('gen_ai.request.model', record.modelAsked),
  ...flag('gen_ai.request.stream', record.stream),
  ...int('gen_ai.request.max_tokens', record.maxTokens),
  ...ofServer(record.host),
  ...int('http.request.resend_count', record.attempt === 0 ? null : record.attempt),
]

/** A host with its port; that of IPv6 is in brackets. */
function ofServer(host: string): Attributes {
  const [, address = host, port = null] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(host) ?? []
  return [...text('server.address', address), ...int('server.port', port)]
}

const ofAnswer = (record: ProxyRecord): Attributes => [
  ...text('gen_ai.response.model', record.modelAnswered),
  ...texts('gen_ai.response.finish_reasons', record.finishReason === null ? null : [record.finishReason]),
  ...seconds('gen_ai.response.time_to_first_chunk', firstChunkMs(record)),
  ...int('http.response.status_code', record.upstreamStatus),
  ...text('error.type', record.errorKind),
]

/** From sending the request to the first event of its stream, whatever it holds; null for what is not streamed. */
export const firstChunkMs = ({ stream, sentMs, firstEventMs }: ProxyRecord): number | null =>
  !stream || sentMs === null || firstEventMs === null ? null : firstEventMs - sentMs

const ofUsage = (record: ProxyRecord): Attributes => [
  ...int('gen_ai.usage.input_tokens', record.inputTokens),
  ...int('gen_ai.usage.output_tokens', record.outputTokens),
  ...int('gen_ai.usage.reasoning.output_tokens', record.reasoningTokens),
  ...int('gen_ai.usage.cache_read.input_tokens', record.cachedTokens),
  ...int('gen_ai.usage.cache_creation.input_tokens', record.cacheWriteTokens),
]

const ofMeasurement = (record: ProxyRecord): Attributes => [
  ...text('firsttoken.region', record.region),
  ...text('firsttoken.client', record.client),
  ...text('firsttoken.client_left', record.clientLeft),
  ...seconds('firsttoken.ttft', record.ttftMs),
  ...seconds('firsttoken.ttfa', record.ttfaMs),
  ...double('firsttoken.tokens_per_second', record.tps),
  ...seconds('firsttoken.overhead_before', record.overheadBeforeMs),
  ...seconds('firsttoken.overhead_first_token', record.overheadFirstMs),
  ...text('firsttoken.timing_quality', record.timingQuality),
  ...double('firsttoken.cost_usd', record.costUsd),
  ...flag('firsttoken.synthetic', record.synthetic || null),
]
