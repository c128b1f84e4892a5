import { expect, test } from 'vitest'
import { faultDomains } from '../../../src/core/outcome.ts'
import { sureCodes, vagueCodes } from '../../../src/probe/error-codes.ts'
import { kindOf } from '../../../src/probe/error-kinds.ts'
import { errorWords } from '../../../src/probe/error-words.ts'
import { inWords } from '../../../src/probe/provider-error.ts'

const examples = errorWords.flatMap((rule, index) =>
  rule.examples.map((example) => ({ index, example, ...rule })),
)

test.for(examples)('"$example" is $kind by its own rule', ({ index, example, kind, statuses }) => {
  expect(errorWords.findIndex(({ pattern }) => pattern.test(example))).toBe(index)
  const html = example.startsWith('text/html ')
  const error = html ? { ...inWords(example.slice(10)), type: 'text/html' } : inWords(example)
  expect(kindOf(statuses?.find((status) => status >= 400) ?? 400, error)).toBe(kind)
})

test('every rule says where its wording was reported', () => {
  for (const { source } of [...errorWords, ...sureCodes, ...vagueCodes]) expect(source).not.toBe('')
})

test('no code has two kinds', () => {
  const codes = [...sureCodes, ...vagueCodes].flatMap((rule) => rule.codes)
  expect(codes).toEqual([...new Set(codes)])
  expect(codes).toEqual(codes.map((code) => code.toLowerCase()))
})

test.for([...sureCodes, ...vagueCodes].flatMap(({ kind, codes }) => codes.map((code) => ({ kind, code }))))(
  'the code $code is $kind',
  ({ kind, code }) => {
    expect(kindOf(400, { ...inWords('no'), code })).toBe(kind)
    expect(kindOf(400, { ...inWords('no'), type: code.toUpperCase() })).toBe(kind)
  },
)

test.for([
  [400, 'max_tokens must be less than or equal to 8192', 'bad_request'],
  [400, 'max_tokens is too large: 9000. This model supports at most 8192 completion tokens', 'bad_request'],
  [400, 'max_tokens: 100000 > 8192, which is the maximum allowed number of output tokens', 'bad_request'],
  [400, 'The requested number of output tokens (9000) exceeds the limit of 8192', 'bad_request'],
  [400, "Unsupported parameter: 'max_tokens' is not supported with this model.", 'bad_request'],
  [400, 'temperature is not supported for this model', 'bad_request'],
  [400, 'This model is not supported with reasoning_effort none', 'bad_request'],
  [400, 'The request took too long to process', 'bad_request'],
  [400, 'The request exceeds the maximum allowed time of 30000 ms', 'bad_request'],
  [400, 'request exceeds maximum image size of 5242880 bytes', 'bad_request'],
  [
    400,
    '`max_completion_tokens` must be less than or equal to 32768, below the `context_window`',
    'bad_request',
  ],
  [
    400,
    "'max_tokens' is too large: 8192. This model's maximum context length is 8192 tokens and your request has 100 input tokens",
    'context_exceeded',
  ],
  [403, 'Your input was flagged for "sexual". No credits were charged.', 'content_filter'],
  [413, 'Request too large for model `m` on tokens per minute (TPM): Limit 6000', 'rate_limited'],
  [429, 'Too many tokens, please wait before trying again.', 'rate_limited'],
  [429, 'Rate limit exceeded: free-models-per-day. Add 10 credits to unlock more requests', 'rate_limited'],
  [402, 'Prompt tokens limit exceeded: 5000 > 4000. Upgrade to a paid account', 'quota'],
  [403, 'Forbidden', 'auth'],
  [404, 'page not found', 'bad_request'],
  [500, 'Context size has been exceeded.', 'context_exceeded'],
  [500, 'the key of our own upstream is invalid: Unauthorized', 'server_error'],
  [502, 'model m not found', 'server_error'],
  [503, 'Rate limit of our upstream reached', 'overloaded'],
] as const)('%i with "%s" is %s', ([status, message, kind]) => {
  expect(kindOf(status, inWords(message))).toBe(kind)
})

test.for([
  [{ code: '401' }, 'auth'],
  [{ code: '429' }, 'rate_limited'],
  [{ code: '404' }, 'bad_request'],
  [{ code: '500', message: '404 NOT_FOUND' }, 'bad_request'],
  [{ code: '500', message: '401 UNAUTHORIZED' }, 'auth'],
  [{ message: '429 Too Many Requests' }, 'rate_limited'],
  [{ message: 'Error code: 401 - {}' }, 'auth'],
  [{ type: 'BadRequestError', message: 'n must be 1' }, 'bad_request'],
  [{ type: 'invalid_request_error', message: 'n must be 1' }, 'bad_request'],
  [{ type: 'NotFoundError', message: 'The model `m` does not exist.' }, 'model_not_found'],
  [{ message: 'boom' }, 'error_in_stream'],
  [{ message: "litellm: {'error': {'code': 'context_length_exceeded'}}" }, 'context_exceeded'],
  [{ message: 'upstream: {\\"error\\":{\\"code\\":\\"insufficient_quota\\"}}' }, 'quota'],
] as const)('in a 200, %j is %s', ([error, kind]) => {
  expect(kindOf(200, { ...inWords(''), ...error })).toBe(kind)
})

test.for([
  [{ code: '502' }],
  [{ code: '500' }],
  [{ code: '503' }],
  [{ type: 'InternalServerError' }],
  [{ code: '3040', message: 'Capacity temporarily exceeded' }],
  [{ code: 'tool_use_failed' }],
] as const)('in a 200, %j is the fault of the provider', ([error]) => {
  expect(faultDomains[kindOf(200, { ...inWords('boom'), ...error })]).toBe('provider')
})
