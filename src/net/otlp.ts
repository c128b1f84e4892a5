import type { Logger } from 'pino'
import { asObject, parseJson } from '../core/json.ts'
import { pairsOf } from '../core/percent.ts'
import { getText } from './get-text.ts'
import { withoutKeys } from './redact.ts'

/** The longest that a push may take, retries included, in ms. */
const pushMs = 10_000

/** What is pushed: each signal has a path, variables and a word for its parts of its own. */
const signals = {
  metrics: {
    path: '/v1/metrics',
    prefix: 'OTEL_EXPORTER_OTLP_METRICS_',
    exporter: 'OTEL_METRICS_EXPORTER',
    rejected: 'rejectedDataPoints',
    parts: 'data points',
  },
  traces: {
    path: '/v1/traces',
    prefix: 'OTEL_EXPORTER_OTLP_TRACES_',
    exporter: 'OTEL_TRACES_EXPORTER',
    rejected: 'rejectedSpans',
    parts: 'spans',
  },
} as const
type Signal = (typeof signals)[keyof typeof signals]

/** Where a signal of OpenTelemetry goes. */
export interface Otlp {
  /** What it is of: the attributes of its resource. */
  resource: Readonly<Record<string, string>>
  /** Pushes a request in OTLP/JSON. A failed push is logged as a warning; never rejects. */
  push: (request: object) => Promise<void>
}

/** How to push. `timeoutMs` is for all attempts. */
interface OtlpParts {
  signal: keyof typeof signals
  env: NodeJS.ProcessEnv
  log: Pick<Logger, 'warn'>
  sleep: (ms: number) => Promise<unknown>
}

/**
 * Creates the push of this installation from the standard variables
 * (opentelemetry.io/docs/specs/otel/protocol/exporter); null if none names an endpoint. They are shared with
 * other programs, so what is wrong with them stops nothing: it is told at every push. No message contains the
 * URL or a header, because either may hold a key.
 */
export function createOtlp({ signal, env, log, sleep }: OtlpParts): Otlp | null {
  const settings = settingsOf(env, signals[signal])
  if (settings === null) return null
  const warn = (problem: string) =>
    log.warn({ kind: 'otlp_failed' }, `${signal} were not pushed: ${problem}; what was measured is recorded`)
  const { resource } = settings
  if ('problem' in settings) return { resource, push: async () => warn(settings.problem) }
  return {
    resource,
    push: async (request) => {
      const problem = await push(JSON.stringify(request), { ...settings, of: signals[signal], env, sleep })
      if (problem !== null) warn(withoutKeys(problem, secretsOf(settings)))
    },
  }
}

interface Settings {
  url: URL
  headers: Record<string, string>
  timeoutMs: number
  resource: Record<string, string>
}

const secretsOf = ({ url, headers }: Settings): string[] => [
  ...Object.values(headers),
  url.href,
  url.host,
  url.hostname,
  url.username,
  url.password,
]

type Problem = { problem: string; resource: Record<string, string> }

const valueIn = (env: NodeJS.ProcessEnv, name: string) => env[name]?.trim() || undefined

function settingsOf(env: NodeJS.ProcessEnv, { path, prefix, exporter }: Signal): Settings | Problem | null {
  const value = (name: string) => valueIn(env, name)
  const endpoint = value(`${prefix}ENDPOINT`) ?? ofAll(value('OTEL_EXPORTER_OTLP_ENDPOINT'), path)
  const exporters = value(exporter)?.split(',') ?? ['otlp']
  const isDisabled = value('OTEL_SDK_DISABLED')?.toLowerCase() === 'true'
  if (endpoint === undefined || isDisabled || !exporters.includes('otlp')) return null
  const resource = resourceOf(env)
  /** What is set for one signal comes before what is set for all. */
  const setting = (name: string) => value(prefix + name) ?? value(`OTEL_EXPORTER_OTLP_${name}`)
  if (setting('PROTOCOL') === 'grpc')
    return { problem: 'OTEL_EXPORTER_OTLP_PROTOCOL is grpc, and only OTLP over HTTP is sent', resource }
  const url = URL.parse(endpoint)
  if (url === null || !/^https?:$/.test(url.protocol))
    return { problem: 'OTEL_EXPORTER_OTLP_ENDPOINT is no http or https URL', resource }
  const timeoutMs = Number(setting('TIMEOUT'))
  return {
    url,
    headers: {
      ...pairsOf(value('OTEL_EXPORTER_OTLP_HEADERS')),
      ...pairsOf(value(`${prefix}HEADERS`)),
    },
    timeoutMs: timeoutMs > 0 ? Math.min(timeoutMs, pushMs) : pushMs,
    resource,
  }
}

function resourceOf(env: NodeJS.ProcessEnv): Record<string, string> {
  const { 'service.name': named, ...attributes } = pairsOf(valueIn(env, 'OTEL_RESOURCE_ATTRIBUTES'))
  return { 'service.name': valueIn(env, 'OTEL_SERVICE_NAME') ?? named ?? 'firsttoken', ...attributes }
}

const ofAll = (base: string | undefined, path: string) => base && base.replace(/\/+$/, '') + path

/** Answers that may change, opentelemetry.io/docs/specs/otlp: no other may be repeated. */
const passing: readonly (number | null)[] = [429, 502, 503, 504]
const mostTries = 3
const pauseMs = 1000

/** Why a request was not taken, as the rest of a sentence; null if it was. */
async function push(
  body: string,
  { url, headers, timeoutMs, of, env, sleep }: Settings & Pick<OtlpParts, 'env' | 'sleep'> & { of: Signal },
): Promise<string | null> {
  let leftMs = timeoutMs
  for (let tries = 1; ; tries += 1) {
    const began = performance.now()
    const answer = await getText(url, {
      env,
      timeoutMs: Math.ceil(leftMs),
      egress: 'trusted',
      mostBytes: 2 ** 20,
      headers: { accept: 'application/json', ...headers, 'content-type': 'application/json' },
      body,
    })
    leftMs -= performance.now() - began
    const retryAfterMs = 'headers' in answer ? Number(answer.headers['retry-after'] ?? NaN) * 1000 : NaN
    const waitMs = Number.isFinite(retryAfterMs) ? Math.max(0, retryAfterMs) : pauseMs * tries
    leftMs -= waitMs
    const { status, problem, text } = { problem: '', text: '', ...answer }
    if (!passing.includes(status) || tries === mostTries || leftMs <= 0)
      return status === null || problem !== '' ? `the endpoint ${problem}` : refusal(status, text, of)
    await sleep(waitMs)
  }
}

/** What an answer objects to; null if nothing. */
function refusal(status: number, text: string, { rejected, parts }: Signal): string | null {
  if (status < 200 || status >= 300) return `the endpoint answered HTTP ${status}`
  const partial = asObject(asObject(parseJson(text))?.['partialSuccess'])
  const count = Number(partial?.[rejected] ?? 0)
  return count > 0 ? `the endpoint rejected ${count} ${parts} of them` : null
}
