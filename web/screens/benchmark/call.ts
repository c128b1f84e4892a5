import type { LiveEvent } from '../../../src/http/contract.ts'
import type { Answer } from '../../api/client.ts'
import { isolated } from '../../format/words.ts'

type ResultRow = Answer<'GET /api/v1/results'>['rows'][number]

/** A call that is over. */
export interface Call {
  id: string
  probeId: string | null
  provider: string
  model: string
  run: number
  /** Tokens of filler; 0 is none. */
  context: number
  warmup: boolean
  success: boolean
  errorKind: string | null
  status: number | null
  /** Why it failed; null while only its event is known. */
  message: string | null
  ttftMs: number | null
  tps: number | null
  latencyMs: number | null
  outputTokens: number | null
  costUsd: number | null
  /** What is alike but for the model; null while only its event is known. */
  series: string | null
}

/** A call as results tell it. */
export const callOfResult = (row: ResultRow): Call => ({
  id: row.id,
  probeId: row.probe_id,
  provider: row.provider ?? '',
  model: row.model ?? '',
  run: row.iteration ?? 0,
  context: row.context_tokens ?? 0,
  warmup: row.warmup,
  success: row.success,
  errorKind: row.error_kind,
  status: row.status_code,
  message: row.error_message,
  ttftMs: row.ttft_ms,
  tps: row.tps,
  latencyMs: row.total_latency_ms,
  outputTokens: row.output_tokens,
  costUsd: row.cost_usd,
  series: row.series,
})

/** A call as its event tells it; null if the event is of none. */
function callOfEvent({ event, probe, result }: LiveEvent): Call | null {
  if (event !== 'probe_recorded' || probe === null || result === null) return null
  return {
    id: result.id,
    probeId: probe.id,
    provider: probe.provider,
    model: probe.model,
    run: probe.iteration,
    context: probe.context_tokens ?? 0,
    warmup: probe.warmup,
    success: result.success,
    errorKind: result.error_kind,
    status: result.status_code,
    message: null,
    ttftMs: result.ttft_ms,
    tps: result.tps,
    latencyMs: result.total_latency_ms,
    outputTokens: result.output_tokens,
    costUsd: result.cost_usd,
    series: null,
  }
}

/** What events have told of a run since it is watched. */
export interface Heard {
  calls: readonly Call[]
  /** Calls in hand, by the id of their probe. */
  inHand: ReadonlyMap<string, NonNullable<LiveEvent['probe']>>
  progress: LiveEvent['progress'] | null
}

export const nothingHeard: Heard = { calls: [], inHand: new Map(), progress: null }

/** What is known after one event more. */
export function hear(heard: Heard, event: LiveEvent): Heard {
  const call = callOfEvent(event)
  const inHand = new Map(heard.inHand)
  if (event.probe !== null && event.event === 'probe_started') inHand.set(event.probe.id, event.probe)
  if (event.probe !== null && event.event === 'probe_recorded') inHand.delete(event.probe.id)
  if (event.event === 'run_finished' || event.event === 'run_missed') inHand.clear()
  return {
    calls: call === null ? heard.calls : [...heard.calls, call],
    inHand,
    progress: event.progress,
  }
}

/** Calls in hand. Of one that ended unheard, while the server was away, the result is read. */
export function callsInHand({ inHand }: Heard, calls: readonly Call[]) {
  const over = new Set(calls.map(({ probeId }) => probeId))
  return [...inHand.values()].filter(({ id }) => !over.has(id))
}

/** Calls that were read and calls that were heard of, each once, in their order. */
export function joined(read: readonly Call[], heard: readonly Call[]): Call[] {
  const known = new Set(read.map(({ id }) => id))
  const fresh = new Map(heard.filter(({ id }) => !known.has(id)).map((call) => [call.id, call]))
  return [...read, ...fresh.values()]
}

const statusNames: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  408: 'Request Timeout',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}

/** How a call ended in a few words: `401 Unauthorized`, `timeout first token`. */
export function endOf({
  success,
  status,
  errorKind,
}: Pick<Call, 'success' | 'status' | 'errorKind'>): string {
  if (success) return 'ok'
  if (status !== null && status >= 400) return `${status} ${statusNames[status] ?? ''}`.trimEnd()
  return (errorKind ?? 'failed').replaceAll('_', ' ')
}

/** Which call it is, in words: `gpt-5, run 2, context 5K`. */
export function callName({
  model,
  iteration,
  warmup,
  context,
}: {
  model: string
  iteration: number
  warmup: boolean
  context: number
}): string {
  const size = context === 0 ? '' : `, context ${sizeOf(context)}`
  return `${isolated(model)}, ${warmup ? 'warm-up' : `run ${iteration}`}${size}`
}

/** A size of context: `0K`, `5K`, `1.5K`. */
export const sizeOf = (tokens: number): string => `${tokens / 1000}K`
