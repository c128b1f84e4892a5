import { describe, expect, test } from 'vitest'
import { errorInText, errorOf } from '../../../src/probe/error-envelope.ts'
import { fromJson, readError } from '../../../src/probe/provider-error.ts'

const choices = [{ index: 0, delta: { content: 'Hello' }, finish_reason: null }]
const usage = { prompt_tokens: 9, completion_tokens: 2 }

describe('an object that says something failed is an error', () => {
  test.for<[body: Record<string, unknown>, code: string | null, message: string | null]>([
    [{ error: { message: 'no', code: 'x' } }, 'x', 'no'],
    [{ error: 'boom' }, null, 'boom'],
    [{ error: 'invalid_api_key', message: 'wrong key' }, 'invalid_api_key', 'wrong key'],
    [{ error: true, message: 'no' }, null, 'no'],
    [
      { error: [{ code: 2008, message: 'Invalid provider' }], success: false, result: [] },
      '2008',
      'Invalid provider',
    ],
    [
      { errors: [{ code: 5007, message: 'No such model' }], success: false, result: {} },
      '5007',
      'No such model',
    ],
    [{ errors: ['one', 'two'] }, null, 'one; two'],
    [{ errors: { code: 'x', message: 'no' } }, 'x', 'no'],
    [{ fault: { faultstring: 'Spike', detail: { errorcode: 'policies.x' } } }, 'policies.x', 'Spike'],
    [{ code: 401, msg: 'token expired', success: false }, '401', 'token expired'],
    [{ code: 20_015, message: 'bad', data: null }, '20015', 'bad'],
    [{ choices: null, error_type: 'BadRequestError', error_message: 'long', error_code: 400 }, '400', 'long'],
    [{ error_code: 18, error_msg: 'qps limit' }, '18', 'qps limit'],
    [{ errorCode: 'E1', errorMessage: 'no' }, 'E1', 'no'],
    [{ errcode: 7, errmsg: 'no' }, '7', 'no'],
    [{ status: 'error', message: 'boom' }, null, 'boom'],
    [{ status: 'failed', reason: 'boom' }, null, 'boom'],
    [{ status: 500, error: 'Internal Server Error', path: '/v1' }, '500', 'Internal Server Error'],
    [{ statusCode: 429, message: 'slow down' }, '429', 'slow down'],
    [{ type: 'error', message: 'boom' }, null, 'boom'],
    [
      { type: 'response.failed', response: { error: { code: 'server_error', message: 'x' } } },
      'server_error',
      'x',
    ],
    [{ type: 'https://host/p', title: 'Gone', status: 404, detail: 'no model' }, '404', 'Gone: no model'],
    [{ __type: 'com.host#ThrottlingException', message: 'Too many tokens' }, null, 'Too many tokens'],
    [{ Response: { Error: { Code: 'AuthFailure', Message: 'no' } } }, 'AuthFailure', 'no'],
    [{ Message: 'User is not authorized' }, null, 'User is not authorized'],
    [{ message: 'Forbidden' }, null, 'Forbidden'],
    [{ exception: 'KeyError', message: 'boom' }, null, 'KeyError: boom'],
    [{ detail: 'worker died' }, null, 'worker died'],
    [{ detail: { error: { message: 'no', code: 'x' } } }, 'x', 'no'],
    [{ success: false }, null, null],
    [{ success: 0, message: 'x down' }, null, 'x down'],
    [{ has_error: true, msg: 'boom' }, null, 'boom'],
    [{ http_code: 502, body: 'x' }, null, null],
    [{ ret_code: 1001, ret_msg: 'no such key' }, '1001', 'no such key'],
    [{ header: { code: 11_200, message: 'licc over', sid: 'x' } }, '11200', 'licc over'],
    [{ throttlingException: { message: 'slow down' } }, null, 'slow down'],
    [{ choices: [{ index: 0, delta: { error: { message: 'died' } } }] }, null, 'died'],
    [{ choices: [], code: 429, message: 'slow down' }, '429', 'slow down'],
    [{ choices: [{ index: 0, error: { code: 502, message: 'died' } }] }, '502', 'died'],
    [{ choices, error: { code: 502, message: 'died' } }, '502', 'died'],
    [{ choices, base_resp: { status_code: 1002, status_msg: 'rate limit' } }, '1002', 'rate limit'],
    [{ x_groq: { error: 'over capacity' }, choices }, null, 'over capacity'],
  ])('%j', ([body, code, message]) => {
    expect(fromJson(errorOf(body))).toMatchObject({ code, message })
  })
})

describe('an object that says nothing of a failure is none', () => {
  test.for<Record<string, unknown>>([
    {},
    { type: 'ping' },
    { status: 'processing' },
    { status: 'ok', message: 'ready' },
    { message: 'Hello' },
    { type: 'message_start', message: { id: 'x' } },
    { event: 'done', status: 'completed' },
    { code: 0, msg: 'success', data: {} },
    { code: 20_000, message: 'Ok', status: true },
    { code: 1, msg: '成功' },
    { header: { code: 0, message: 'Success', sid: 'x' } },
    { type: 'status', detail: 'Queued' },
    { type: 'warning', message: 'temperature is ignored' },
    { attempts: [{ provider: 'a', error: 'overloaded' }, { provider: 'b' }] },
    { success: true, result: {}, errors: [] },
    { error: { code: 0, message: '' } },
    { object: 'chat.completion.chunk', choices: [], error: null },
    { choices: [], prompt_filter_results: [{ prompt_index: 0 }] },
    { choices: [], usage, code: 500, message: 'failed' },
    { choices, error: null },
    { choices, error: {} },
    { choices, error: [] },
    { choices, error: '' },
    { choices, error: false },
    { choices, code: 0 },
    { choices, code: 200, message: 'error: none' },
    { choices, errors: [], success: true, status: 'ok' },
    { choices, base_resp: { status_code: 0, status_msg: '' } },
  ])('%j', (body) => {
    expect(errorOf(body)).toBeNull()
  })
})

test('an error wrapped deeper than any server does is still an error, without parts', () => {
  let body: unknown = 'x'
  for (let depth = 0; depth < 50; depth += 1) body = { error: body }
  expect(errorOf(body as Record<string, unknown>)).not.toBeNull()
  expect(fromJson(body).code).toBeNull()
})

test.for([
  [
    'JSON as text in a message',
    { error: { code: 400, message: '{"error":{"message":"deep","code":"context_length_exceeded"}}' } },
    { code: 'context_length_exceeded', message: 'deep' },
  ],
  [
    'an error body behind a router',
    {
      error: {
        code: 400,
        message: 'Provider returned error',
        metadata: { raw: '{"error":{"message":"too long","code":"context_length_exceeded"}}' },
      },
    },
    { code: '400', type: 'context_length_exceeded', message: 'Provider returned error: too long' },
  ],
  [
    'the list of one error',
    [{ error: { code: 429, message: 'slow', status: 'RESOURCE_EXHAUSTED', details: [{ reason: 'r' }] } }],
    { code: '429', type: 'RESOURCE_EXHAUSTED', message: 'slow' },
  ],
  ['the name of an exception', { __type: 'ns#ThrottlingException' }, { type: 'ThrottlingException' }],
  [
    'a field that is the name of an exception',
    { validationException: { message: 'no' } },
    { type: 'validationexception', message: 'no' },
  ],
  ['the id of a request', { code: 'x', message: 'no', requestId: 'r1' }, { requestId: 'r1' }],
] as const)('%s is read', ([, body, parts]) => {
  expect(readError(JSON.stringify(body))).toMatchObject(parts)
})

test.for([
  ['error: {"message":"slow","code":429}', 'slow'],
  ['{"error":{"message":"slow"}}', 'slow'],
  ['{\n  "error": {\n    "message": "slow"\n  }\n}', 'slow'],
  ['data: {"code":429,"msg":"slow","success":false}', 'slow'],
  ['{"choices":[{"delta":{"con\n{"error":{"message":"lost"}}', 'lost'],
  ['{"choices":[{"delta":{"con{"error":{"message":"lost"}}', 'lost'],
  ['error: boom', 'boom'],
  ['data: [ERROR] boom', '[ERROR] boom'],
  ['openai.APIError: boom', 'openai.APIError: boom'],
  ["{'error': {'message': 'boom'}}", "{'error': {'message': 'boom'}}"],
  ['Internal Server Error', 'Internal Server Error'],
  ['stream timeout', 'stream timeout'],
  ['<html><head><title>502 Bad Gateway</title></head></html>', '502 Bad Gateway'],
] as const)('the error in the text %j is found', ([text, message]) => {
  expect(errorInText(text)?.message).toBe(message)
})

test.for([
  '',
  'id: 3',
  'retry: 3000',
  'data: Hello',
  '[DONE]',
  'null',
  '<html><h1>Welcome</h1></html>',
  '{"choices":[{"delta":{"content":"the error {\\"error\\":\\"failed\\"}"}}]}',
  '{"choices":[{"delta":{"content":"an error',
  ' that failed"},"finish_reason":null}]}',
])('there is no error in the text %j', (text) => {
  expect(errorInText(text)).toBeNull()
})
