import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ErrorKind } from '../../../src/core/outcome.ts'
import { kindOf } from '../../../src/probe/error-kinds.ts'
import { readError } from '../../../src/probe/provider-error.ts'

const kindOfBody = (status: number, body: unknown): ErrorKind =>
  kindOf(status, readError(typeof body === 'string' ? body : JSON.stringify(body)))

const cases: readonly [name: string, status: number, body: unknown, kind: ErrorKind][] = [
  [
    'a 429 for money',
    429,
    { error: { message: 'You exceeded your current quota', code: 'insufficient_quota' } },
    'quota',
  ],
  [
    'a 429 for pace',
    429,
    { error: { message: 'Rate limit reached for gpt', type: 'tokens', code: 'rate_limit_exceeded' } },
    'rate_limited',
  ],
  [
    'a rate limit that advertises billing',
    429,
    {
      error: {
        message: 'Rate limit reached. Upgrade at https://host/settings/billing',
        code: 'rate_limit_exceeded',
      },
    },
    'rate_limited',
  ],
  [
    'a 413 for pace',
    413,
    {
      error: {
        message: 'Request too large for model on tokens per minute (TPM)',
        code: 'rate_limit_exceeded',
      },
    },
    'rate_limited',
  ],
  [
    'an overflow as 403',
    403,
    { error: { message: 'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097' } },
    'context_exceeded',
  ],
  [
    'an overflow as 400',
    400,
    {
      error: {
        message: "This model's maximum context length is 8192 tokens",
        code: 'context_length_exceeded',
      },
    },
    'context_exceeded',
  ],
  [
    'a bad key as 400',
    400,
    [
      {
        error: {
          code: 400,
          message: 'API key not valid. Please pass a valid API key.',
          status: 'INVALID_ARGUMENT',
        },
      },
    ],
    'auth',
  ],
  [
    'an array of one error',
    429,
    [{ error: { code: 429, message: 'Quota exceeded', status: 'RESOURCE_EXHAUSTED' } }],
    'rate_limited',
  ],
  [
    'a bad key with a flat body',
    400,
    { code: 'Client specified an invalid argument', error: 'Incorrect API key provided: xa***en' },
    'auth',
  ],
  [
    'a numeric string code for pace',
    429,
    { error: { code: '1302', message: 'Rate limit reached for requests' } },
    'rate_limited',
  ],
  [
    'a numeric string code for money',
    429,
    { error: { code: '1113', message: 'Insufficient balance or no resource package' } },
    'quota',
  ],
  [
    'an unknown model as a number',
    400,
    { error: { code: '1211', message: 'Unknown Model, please check the model code.' } },
    'model_not_found',
  ],
  [
    'a full engine',
    429,
    { error: { message: 'The engine is currently overloaded', type: 'engine_overloaded_error' } },
    'overloaded',
  ],
  [
    'an unpaid account',
    429,
    { error: { message: 'suspended', type: 'exceeded_current_quota_error' } },
    'quota',
  ],
  ['a 402', 402, { error: { message: 'Insufficient Balance', code: 'invalid_request_error' } }, 'quota'],
  ['a 529', 529, { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, 'overloaded'],
  ['a full tier', 498, { error: { message: 'capacity', code: 'capacity_exceeded' } }, 'overloaded'],
  [
    'a model that was shut',
    400,
    { error: { message: 'The model `llama3-8b` has been decommissioned', code: 'model_decommissioned' } },
    'model_not_found',
  ],
  [
    'an unknown model with a flat body',
    404,
    { object: 'error', message: 'The model `x` does not exist.', type: 'NotFoundError', code: 404 },
    'model_not_found',
  ],
  [
    'an unknown model as a 400',
    400,
    { object: 'error', message: 'Invalid model: mistral-x', type: 'invalid_model', code: '1500' },
    'model_not_found',
  ],
  [
    'a path that is not there',
    404,
    { error: { code: 404, message: 'File Not Found', type: 'not_found_error' } },
    'bad_request',
  ],
  ['a path that is not there, as detail', 404, { detail: 'Not Found' }, 'bad_request'],
  [
    'an unsupported parameter',
    400,
    {
      error: {
        message: "Unsupported parameter: 'max_tokens' is not supported with this model.",
        code: 'unsupported_parameter',
      },
    },
    'bad_request',
  ],
  [
    'a list of details',
    422,
    { detail: [{ loc: ['body', 'stream_options'], msg: 'Extra inputs are not permitted' }] },
    'bad_request',
  ],
  ['an unknown 4xx', 418, { error: 'short and stout' }, 'bad_request'],
  ['a 405', 405, '', 'bad_request'],
  ['an empty 401', 401, '', 'auth'],
  ['an empty 429', 429, '', 'rate_limited'],
  ['an empty 503', 503, '', 'overloaded'],
  ['an empty 524', 524, '', 'server_error'],
  ['a page', 500, '<html><body><h1>Internal Server Error</h1></body></html>', 'server_error'],
  [
    'a MiniMax code for pace',
    200,
    { base_resp: { status_code: 1002, status_msg: 'rate limit' } },
    'rate_limited',
  ],
  ['a MiniMax code for a key', 200, { base_resp: { status_code: 1004, status_msg: 'login fail' } }, 'auth'],
  [
    'a MiniMax code for money',
    200,
    { base_resp: { status_code: 1008, status_msg: 'insufficient' } },
    'quota',
  ],
  [
    'a router that passes a status on',
    200,
    { error: { code: 502, message: 'Provider returned error' } },
    'server_error',
  ],
  [
    'a router that names the type',
    200,
    { error: { code: 'server_error', message: 'x', metadata: { error_type: 'provider_overloaded' } } },
    'overloaded',
  ],
  ['a blocked prompt', 400, { error: { message: 'blocked', code: 'content_filter' } }, 'content_filter'],
  ...[
    "The response was filtered due to the prompt triggering the host's content management policy.",
    'Output blocked by content filtering policy',
    'Your request was rejected as a result of our safety system.',
    'Invalid prompt: your prompt was flagged as potentially violating our usage policy.',
    'This model requires moderation. Your input was flagged for "harassment".',
    'Content violates usage guidelines.',
    'Content Exists Risk',
    'Input data may contain inappropriate content.',
  ].map((message): (typeof cases)[number] => [
    `a prompt that is refused with "${message}"`,
    400,
    { error: { message, type: 'invalid_request_error' } },
    'content_filter',
  ]),
  ...[
    'Invalid value: must be one of stop, length, content-filter, tool_calls',
    "Unknown field 'content_filter' in request content; see the usage policy",
    'Content blocked: extra inputs are not permitted',
    'Unsupported value. See https://host/docs/rate-limits and https://host/content-policy',
  ].map((message): (typeof cases)[number] => [
    `a request that is refused with "${message}"`,
    400,
    { error: { message, type: 'invalid_request_error', code: null } },
    'bad_request',
  ]),
]

test.for(cases)('%s is recognized by its body', ([, status, body, kind]) => {
  expect(kindOfBody(status, body)).toBe(kind)
})

test.for([
  [
    'the text of a page is what a person reads',
    '<html><head><title>502</title><style>a{}</style></head>\n<body>Bad  gateway</body></html>',
    '502 Bad gateway',
  ],
  [
    'the reason of the host behind a router is kept',
    '{"error":{"message":"Provider returned error","metadata":{"raw":"no GPU"}}}',
    'Provider returned error: no GPU',
  ],
  [
    'a list of details is read as a list of sentences',
    '{"detail":[{"loc":["body","n"],"msg":"no"},{"msg":"nor"}]}',
    'body.n: no; nor',
  ],
] as const)('%s', ([, body, message]) => {
  expect(readError(body)?.message).toBe(message)
})

test('an empty body says nothing', () => {
  expect(readError(' \n')).toBeNull()
})

/**
 * Error bodies of real providers; they are not part of the repository. The kind of each by what a person
 * reads in it.
 */
const root = process.env['RECORDINGS'] ?? join(import.meta.dirname, '../../../../shared/recordings')
const folder = join(root, 'errors')
const recorded = existsSync(folder)
  ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => /\.body\./.test(path))
  : []

/** The first of these that the path contains is its kind. */
const expected: readonly [part: string, kind: ErrorKind][] = [
  ['handles_context_length_exceeded_errors', 'context_exceeded'],
  ['context_overflow', 'context_exceeded'],
  ['rejected_key', 'auth'],
  ['/401-', 'auth'],
  ['/403-', 'auth'],
  ['deepseek_r1', 'rate_limited'],
  ['nginx-no-route', 'bad_request'],
  ['nginx-too-large', 'bad_request'],
  ['nginx-limit-req', 'rate_limited'],
  ['nginx-dead-upstream', 'server_error'],
  ['nginx-maintenance', 'overloaded'],
  ['nginx-upstream-timeout', 'server_error'],
  // The model wrote a call or JSON that the server could not read.
  ['tool_use_failed', 'error_in_stream'],
  ['llama_4_scout_17b_16e_instruct.object_basic', 'error_in_stream'],
  // No deployment of that name, against no such path.
  ['test_chat_reasoning', 'model_not_found'],
  ['azure-openai_chat_completions_post', 'bad_request'],
  // A parameter that the model does not take.
  ['gpt_5_chat_latest.multi_tool', 'bad_request'],
  ['rerank_without_a_reranker', 'bad_request'],
  ['routed_failure_error_shape', 'model_not_found'],
  ['base-resp-2061', 'model_not_found'],
  ['/404-', 'model_not_found'],
  ['/400-', 'bad_request'],
  ['/422-', 'bad_request'],
  ['/500-', 'server_error'],
]

/**
 * Recorded under a name that promises something else: the account's rate limit came before the context check.
 */
const exceptions: Readonly<Record<string, ErrorKind>> = {
  'azure/429-ruby_llm.chat_real_error_scenarios_azure_grok-4-1-fast-non-reasoning_handles_context_length_exceeded_errors.body.json':
    'rate_limited',
}

describe.skipIf(recorded.length === 0)('recorded error bodies', () => {
  test.for(recorded)('%s has the kind its words mean', (path) => {
    const kind = exceptions[path] ?? expected.find(([part]) => `/${path}`.includes(part))?.[1]
    const status = Number(/\/(\d{3})-/.exec(`/${path}`)?.[1])
    expect(kindOf(status, readError(readFileSync(join(folder, path), 'utf8')))).toBe(kind)
  })

  const sidecars = recorded
    .map((path) => [path, join(folder, path.replace('.body.json', '.meta.json'))] as const)
    .filter(([path, meta]) => path.endsWith('.json') && existsSync(meta))
  test.for(sidecars)('%s is quoted with its own message and code', ([path, meta]) => {
    const { expected: words } = JSON.parse(readFileSync(meta, 'utf8')) as {
      expected: { message: string | null; code: string | number | null }
    }
    const error = readError(readFileSync(join(folder, path), 'utf8'))
    expect(error?.message).toContain(words.message ?? '')
    expect([null, error?.code]).toContain(words.code === null ? null : String(words.code))
  })
})
