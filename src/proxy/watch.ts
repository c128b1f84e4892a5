import type { Logger } from 'pino'
import type { Clock } from '../core/clock.ts'
import type { ProxyRecord } from '../core/proxy-record.ts'
import type { ProxyText } from '../core/proxy-text.ts'
import { createOtlp, type Otlp } from '../net/otlp.ts'
import type { Store } from '../store/store.ts'
import { createProxyMetrics, type ProxyMetrics } from './metrics.ts'
import type { IsKnownModel } from './model-label.ts'
import { createRecorder } from './recorder.ts'
import { startProxyTelemetry } from './telemetry.ts'

/** Whoever is told of requests: the database, `/metrics` and OpenTelemetry. None of them delays a request. */
export interface Watch extends Pick<ProxyMetrics, 'begin' | 'refuse' | 'page'> {
  /** Takes in a request that has ended; returns at once and never throws. */
  add: (record: ProxyRecord, text: ProxyText | null) => void
  /** Delivers what waits, within some seconds. */
  close: () => Promise<void>
}

/** What watching needs. */
export interface WatchParts {
  clock: Pick<Clock, 'date'>
  /** Where metrics go by OpenTelemetry; null if nobody asks for them. */
  otlp: Otlp | null
  /** Read for the variables of its traces. */
  env: NodeJS.ProcessEnv
  log: Pick<Logger, 'warn' | 'error'>
  sleep: (ms: number) => Promise<unknown>
  /** Tells this process from others. */
  instance: string
  isKnownModel: IsKnownModel
  /** Rejects with StoreError. */
  openStore: () => Promise<Pick<Store, 'recordProxyRequests'>>
}

/** Begins to watch. */
export function openWatch({ otlp, env, log, sleep, openStore, ...parts }: WatchParts): Watch {
  const recorder = createRecorder({ openStore, log })
  const metrics = createProxyMetrics({ ...parts, records: recorder.counts })
  const telemetry = startProxyTelemetry({
    ...parts,
    metrics: otlp,
    traces: createOtlp({ signal: 'traces', env, log, sleep }),
  })
  return {
    begin: metrics.begin,
    refuse: metrics.refuse,
    page: metrics.page,
    add: (record, text) => {
      recorder.keep(record, text)
      metrics.add(record)
      telemetry.add(record)
    },
    close: async () => {
      await Promise.all([recorder.close(), telemetry.close()])
    },
  }
}
