import type { JsonObject } from '../core/json.ts'
import { sse } from './chunks.ts'
import type { Fault } from './fault.ts'

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
  'rate-limited-silently': {
    expected: 'rate_limited',
    reply: { status: 429, body: error('Too many requests.', 'requests', 'rate_limit_exceeded') },
  },
  'payment-required': {
    expected: 'quota',
    reply: {
      status: 402,
      body: error('Insufficient credits.', 'invalid_request_error', 'insufficient_credits'),
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
  'overloaded-529': {
    expected: 'overloaded',
    reply: { status: 529, body: error('Overloaded', 'overloaded_error', null) },
  },
  'json-error-200': { expected: 'error_in_stream', reply: { status: 200, body: broken } },
  'base-resp-200': {
    expected: 'auth',
    reply: { status: 200, body: { base_resp: { status_code: 1004, status_msg: 'login fail' } } },
  },
  'zai-code-msg-200': {
    expected: 'auth',
    reply: { status: 200, body: { code: 401, msg: 'token expired or incorrect', success: false } },
  },
  'region-403': {
    expected: 'bad_request',
    reply: {
      status: 403,
      body: error(
        'Country, region, or territory not supported',
        'request_forbidden',
        'unsupported_country_region_territory',
      ),
    },
  },
  'challenge-403': {
    expected: 'bad_request',
    reply: {
      status: 403,
      headers: { 'content-type': 'text/html', 'cf-mitigated': 'challenge' },
      body: html('Just a moment...'),
    },
  },
  'apigee-500': {
    expected: 'rate_limited',
    reply: {
      status: 500,
      body: {
        fault: {
          faultstring: 'Spike arrest violation. Allowed rate : 10pm',
          detail: { errorcode: 'policies.ratelimit.SpikeArrestViolation' },
        },
      },
    },
  },
  'gemini-retry-info': {
    expected: 'rate_limited',
    reply: {
      status: 429,
      body: JSON.stringify([
        {
          error: {
            code: 429,
            message: 'You exceeded your current quota, please check your plan and billing details.',
            status: 'RESOURCE_EXHAUSTED',
            details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '7s' }],
          },
        },
      ]),
    },
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
  'cloudflare-errors': {
    expected: 'error_in_stream',
    until: 'half',
    insert: sse({
      success: false,
      errors: [{ code: 3040, message: 'Capacity temporarily exceeded, please try again.' }],
    }),
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
