import type { JsonObject } from '../core/json.ts'
import type { ErrorKind } from '../core/outcome.ts'
import { type Frame, sse } from './chunks.ts'
import type { AnswerForm } from './delta.ts'
import type { AnswerTiming } from './script.ts'

/** A way to fail. Whatever is absent behaves normally. */
export interface Fault {
  /** The kind a probe must report; null if the answer is still good. */
  expected: ErrorKind | null
  /** Sent instead of a stream. */
  reply?: { status: number; headers?: Record<string, string>; body: JsonObject | string }
  /** How far the stream gets: nothing at all, everything before the first token, or half. */
  until?: 'nothing' | 'opening' | 'half'
  /** Sent after that. */
  insert?: string
  /** Whether the last event lacks its blank line. */
  unended?: true
  /** The form of the answer, if not text. */
  form?: AnswerForm
  /** Events left out. */
  without?: readonly Frame['kind'][]
  /** How the connection then ends; `open` keeps it open forever. */
  ending?: 'fin' | 'reset' | 'open'
  /** The finish reason, instead of the script's. */
  finish?: string
  /** Changes to the timing of the answer. */
  timing?: Partial<AnswerTiming>
  /** Whether it is compressed although the client asked for identity; it is sent in one piece at the end. */
  gzip?: true
}

const error = (message: string, type: string, code: string | null): JsonObject => ({
  error: { message, type, param: null, code },
})

const html = (title: string): string =>
  `<html>\r\n<head><title>${title}</title></head>\r\n<body><center><h1>${title}</h1></center></body>\r\n</html>\r\n`

const broken = error('The server had an error while processing your request.', 'server_error', 'server_error')

/** An event that finishes the answer for this reason; and the same with the end of the stream. */
const finishing = (reason: string): string =>
  sse({ choices: [{ index: 0, delta: {}, finish_reason: reason }] })
const finished = (reason: string): string => `${finishing(reason)}data: [DONE]\n\n`

/** The faults of the synthetic provider, by the name a request uses. */
export const faults = {
  unauthorized: {
    expected: 'auth',
    reply: {
      status: 401,
      body: error('Incorrect API key provided.', 'invalid_request_error', 'invalid_api_key'),
    },
  },
  'model-not-found': {
    expected: 'model_not_found',
    reply: {
      status: 404,
      body: error('The model does not exist.', 'invalid_request_error', 'model_not_found'),
    },
  },
  'bad-request': {
    expected: 'bad_request',
    reply: {
      status: 400,
      body: error("Unsupported parameter: 'max_tokens'.", 'invalid_request_error', 'unsupported_parameter'),
    },
  },
  'context-exceeded': {
    expected: 'context_exceeded',
    reply: {
      status: 400,
      body: error(
        "This model's maximum context length is 8192 tokens.",
        'invalid_request_error',
        'context_length_exceeded',
      ),
    },
  },
  'rate-limited': {
    expected: 'rate_limited',
    reply: {
      status: 429,
      headers: { 'retry-after': '7' },
      body: error('Rate limit reached for requests.', 'requests', 'rate_limit_exceeded'),
    },
  },
  quota: {
    expected: 'quota',
    reply: {
      status: 429,
      body: error('You exceeded your current quota.', 'insufficient_quota', 'insufficient_quota'),
    },
  },
  'html-500': {
    expected: 'server_error',
    reply: {
      status: 500,
      headers: { 'content-type': 'text/html' },
      body: html('500 Internal Server Error'),
    },
  },
  overloaded: {
    expected: 'overloaded',
    reply: {
      status: 503,
      body: error('The engine is currently overloaded.', 'overloaded_error', 'overloaded'),
    },
  },
  'json-error-200': { expected: 'error_in_stream', reply: { status: 200, body: broken } },
  'base-resp-200': {
    expected: 'auth',
    reply: { status: 200, body: { base_resp: { status_code: 1004, status_msg: 'login fail' } } },
  },
  'html-200': {
    expected: 'malformed',
    reply: { status: 200, headers: { 'content-type': 'text/html' }, body: html('Welcome') },
  },
  redirect: {
    expected: 'bad_request',
    reply: { status: 302, headers: { location: '/elsewhere' }, body: '' },
  },
  'hang-headers': { expected: 'timeout_first_token', until: 'nothing', ending: 'open' },
  'hang-first-token': { expected: 'timeout_first_token', until: 'opening', ending: 'open' },
  'hang-mid-stream': { expected: 'timeout_idle', until: 'half', ending: 'open' },
  truncated: { expected: 'truncated', until: 'half', ending: 'fin' },
  reset: { expected: 'reset', until: 'half', ending: 'reset' },
  'error-event': { expected: 'error_in_stream', until: 'half', insert: sse(broken) },
  'error-text': {
    expected: 'error_in_stream',
    until: 'half',
    insert: 'event: error\ndata: The worker ran out of memory.\n\n',
  },
  'error-finish': {
    expected: 'error_in_stream',
    until: 'half',
    insert: `${sse({
      error: {
        code: 502,
        message: 'Provider returned error',
        metadata: { error_type: 'provider_unavailable' },
      },
      choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }],
    })}data: [DONE]\n\n`,
  },
  'error-object': {
    expected: 'error_in_stream',
    until: 'opening',
    insert: sse({ object: 'error', message: 'The engine died.', type: 'InternalServerError', code: 500 }),
  },
  'error-flat': {
    expected: 'auth',
    until: 'opening',
    insert: sse({ message: 'Incorrect API key.', type: 'invalid_request_error', code: 'wrong_api_key' }),
  },
  'base-resp': {
    expected: 'rate_limited',
    until: 'half',
    insert: sse({ choices: [], base_resp: { status_code: 1002, status_msg: 'rate limit' } }),
  },
  malformed: { expected: 'malformed', until: 'half', insert: 'data: {"choices":[{"delta":{"content":\n\n' },
  empty: { expected: 'empty', without: ['token'] },
  'content-filter': { expected: 'content_filter', finish: 'content_filter' },
  'reasoning-only': {
    expected: 'budget_exhausted',
    finish: 'length',
    timing: { frames: 64, reasoningTokens: 64 },
  },
  'finish-abort': { expected: 'error_in_stream', until: 'half', insert: finished('abort') },
  'finish-malformed': {
    expected: 'error_in_stream',
    finish: 'function_call_filter: MALFORMED_FUNCTION_CALL',
  },
  'finish-filter-detail': {
    expected: 'content_filter',
    without: ['token'],
    finish: 'content_filter: PROHIBITED_CONTENT',
  },
  'finish-null': { expected: 'truncated', until: 'half', insert: finishing('null'), ending: 'fin' },
  'finish-unknown': { expected: null, finish: 'OTHER' },
  'finish-shouted': { expected: null, finish: 'FinishReason.STOP' },
  'hidden-length': { expected: 'budget_exhausted', without: ['token'], finish: 'MAX_TOKENS' },
  'json-between-events': {
    expected: 'rate_limited',
    until: 'half',
    insert: '{"error": {"message": "Rate limit reached for requests.",\n "code": "rate_limit_exceeded"}}\n',
  },
  'error-line': {
    expected: 'rate_limited',
    until: 'half',
    insert: 'error: {"message": "Too many requests", "code": 429}\n\ndata: [DONE]\n\n',
  },
  'two-in-one-event': {
    expected: 'error_in_stream',
    until: 'half',
    insert: `data: {"choices":[{"index":0,"delta":{"content":" unfini\n${sse(broken)}`,
  },
  'open-after-finish': { expected: null, without: ['done'], ending: 'open' },
  refusal: { expected: null, form: 'refusal' },
  'tool-call': { expected: null, form: 'tool_calls', finish: 'tool_calls' },
  'no-blank-line': { expected: null, without: ['usage', 'done'], unended: true },
  'open-after-done': { expected: null, ending: 'open' },
  'no-done': { expected: null, without: ['done'] },
  'no-usage': { expected: null, without: ['usage'] },
  gzip: { expected: null, gzip: true },
} as const satisfies Record<string, Fault>

/** The name of a fault. */
export type FaultName = keyof typeof faults

/** The events that remain with a fault, and what it adds. */
export function spoil(frames: readonly Frame[], fault: Fault): Frame[] {
  const kept = frames.filter(({ kind }) => !fault.without?.includes(kind))
  const tokens = kept.filter(({ kind }) => kind === 'token')
  const limits = { nothing: kept[0], opening: tokens[0], half: tokens[Math.ceil(tokens.length / 2)] }
  const limit = fault.until === undefined ? undefined : limits[fault.until]
  const through = limit ? kept.slice(0, kept.indexOf(limit)) : kept
  const last = through.at(-1)
  if (fault.unended && last) return [...through.slice(0, -1), { ...last, text: last.text.trimEnd() }]
  if (fault.insert === undefined) return through
  return [...through, { atMs: last?.atMs ?? 0, kind: 'token', text: fault.insert }]
}
