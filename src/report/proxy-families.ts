import type { Histogram } from '../core/histogram.ts'
import { version } from '../core/version.ts'
import { build, ofChat } from './chat-families.ts'
import { domainOf, sumsByDomain } from './metric-families.ts'
import {
  by,
  counter,
  type Family,
  gauge,
  histogram,
  type HistogramFamily,
  inSeconds,
  inTokens,
  inUsd,
  one,
  type Reading,
} from './metric-family.ts'
import {
  definitionsOf,
  type Spread,
  type Traffic,
  trafficFamilies,
  type TrafficTable,
} from './traffic-families.ts'

/** What a process of the proxy has counted since it began. */
export interface ProxyTraffic {
  since: Date
  /** The version of Node.js. */
  node: string
  /** The same requests twice: by provider and model, and by model whoever provides it. */
  ofProviders: readonly { provider: string; model: string; traffic: Traffic }[]
  ofModels: readonly { model: string; traffic: Traffic }[]
  /** What the proxy adds, in ms: before it sends a request, and from reading the first token to writing it. */
  overheadMs: Readonly<Record<'before' | 'first_token', Histogram>>
  /** Requests that never had an upstream, by why. */
  refused: Readonly<Record<string, number>>
  /** Rows of requests that wait to be stored, and those that never will be; null if none are kept. */
  records: { waiting: number; dropped: number } | null
}

const inBaseUnit = ({ bounds, counts, sum }: Histogram): Spread => ({
  bounds: bounds.map((ms) => ms / 1000),
  counts,
  sum: sum / 1000,
})

/** What is told of every model of every provider. */
const ofProviders: TrafficTable = {
  counted: [
    [
      counter(
        'proxy_requests',
        'Requests that ended, by the status that the client got; 499 if it left before.',
        {
          labels: ['status'],
        },
      ),
      ({ statuses }) => by('status', statuses),
    ],
    [
      counter('proxy_failures', 'Requests that failed.', { labels: ['fault_domain'] }),
      ({ errors }) => by('fault_domain', sumsByDomain(errors)),
    ],
    [
      counter('proxy_errors', 'The same failures by error kind, from the first one on.', {
        labels: ['error_kind', 'fault_domain'],
      }),
      ({ errors }) =>
        Object.entries(errors).flatMap(([error_kind, value]) =>
          one(value, { error_kind, fault_domain: domainOf(error_kind) }),
        ),
    ],
    [
      counter('proxy_client_left', 'Requests whose client left, by phase, from the first one on.', {
        labels: ['phase'],
      }),
      ({ left }) => by('phase', left),
    ],
    [gauge('proxy_in_flight', 'Requests that are under way.'), ({ inFlight }) => one(inFlight)],
    [
      counter('proxy_tokens', 'Tokens, counted by the provider or else estimated.', {
        ...inTokens,
        labels: ['type'],
      }),
      ({ inputTokens: input, outputTokens: output }) => by('type', { input, output }),
    ],
    [
      counter('proxy_reasoning_tokens', 'The part of the output tokens that was reasoning.', inTokens),
      ({ reasoningTokens }) => one(reasoningTokens),
    ],
    [
      counter(
        'proxy_cached_tokens',
        "The part of the input tokens that came from the provider's cache.",
        inTokens,
      ),
      ({ cachedTokens }) => one(cachedTokens),
    ],
    [
      counter('proxy_cost_usd', 'What all requests cost, as far as that is known.', inUsd),
      ({ costUsd }) => one(costUsd),
    ],
    [
      counter('proxy_cost_unknown', 'Requests that succeeded and whose cost is unknown.'),
      ({ costUnknown }) => one(costUnknown),
    ],
  ],
  spread: [
    [
      histogram('proxy_ttft_seconds', 'From sending a request to the first token of its stream.', inSeconds),
      ({ ttftMs }) => inBaseUnit(ttftMs),
    ],
    [
      histogram('proxy_duration_seconds', 'From sending a request to the end of its answer.', inSeconds),
      ({ durationMs }) => inBaseUnit(durationMs),
    ],
    [
      histogram(
        'proxy_time_per_output_token_seconds',
        'How long an output token of a stream took, after the first.',
        inSeconds,
      ),
      ({ tokenMs }) => inBaseUnit(tokenMs),
    ],
  ],
}

const overhead = histogram(
  'proxy_overhead_seconds',
  'What the proxy adds: `before` it sends a request, and from reading the `first_token` to writing it.',
  { ...inSeconds, labels: ['at'] },
)

/** What is told of the proxy as a whole. */
const ofProxy: readonly Reading<ProxyTraffic>[] = [
  [
    counter(
      'proxy_refused',
      'Requests that the proxy refused before they had an upstream, from the first one on.',
      {
        labels: ['code'],
      },
    ),
    ({ refused }) => by('code', refused),
  ],
  [
    gauge('proxy_records_waiting', 'Rows of requests that wait to be stored.'),
    ({ records }) => one(records?.waiting),
  ],
  [
    counter(
      'proxy_records_dropped',
      'Rows of requests that are not stored, because the database is too slow.',
    ),
    ({ records }) => one(records?.dropped),
  ],
  [build, ({ node }) => one(1, { version, node })],
]

/** The definitions, for documents: of each model of a provider, of the proxy as a whole, of each model. */
export const proxyDefinitions = {
  provider: definitionsOf(ofProviders),
  proxy: [overhead, ...ofProxy.map(([definition]) => definition)],
  chat: definitionsOf(ofChat),
}

/** What the proxy has counted as families in a stable order, without those that are empty. */
export function proxyFamilies(known: ProxyTraffic): (Family | HistogramFamily)[] {
  const { since, overheadMs } = known
  const models = known.ofModels.map(({ model, traffic }) => ({ about: { runtime: 'node', model }, traffic }))
  const providers = known.ofProviders.map(({ provider, model, traffic }) => ({
    about: { provider, model },
    traffic,
  }))
  const added = Object.entries(overheadMs).map(([at, ms]) => ({ labels: { at }, histogram: inBaseUnit(ms) }))
  const general = ofProxy.map(([definition, read]): Family => {
    const samples = read(known).map((sample) => ({ ...sample, since }))
    return { ...definition, samples }
  })
  return [
    ...trafficFamilies(ofProviders, { of: providers, since }),
    { ...overhead, series: added },
    ...general.filter(({ samples }) => samples.length > 0),
    ...trafficFamilies(ofChat, { of: models, since }),
  ]
}
