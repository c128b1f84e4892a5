import { expect, test } from 'vitest'
import { delta, event, head, probed, saying, type Script, streamHead } from '../../support/loopback.ts'

const answer = (status: string, body: unknown, ...headers: string[]): Script =>
  saying(
    head(status, 'connection: close', ...headers),
    typeof body === 'string' ? body : JSON.stringify(body),
  )
const good = delta({ content: 'Hello' }) + delta({}, 'stop') + event('[DONE]')
/** Headers of this many bytes in lines of 1 KiB, as a proxy passes them on. */
const longHeaders = (kib: number): string[] =>
  Array.from({ length: kib }, (_, line) => `llm_provider-${line}: ${'v'.repeat(1000)}`)

test.for([
  ['a region', { error: { code: 'unsupported_country_region_territory', message: 'Country not supported' } }],
  ['a location', [{ error: { code: 403, message: 'User location is not supported for the API use.' } }]],
] as const)('%s that is not served is no matter of the key', async ([, body]) => {
  const seen = await probed(answer('403 Forbidden', body))
  expect(seen).toMatchObject({ errorKind: 'bad_request', faultDomain: 'config' })
  expect(seen.errorMessage).toMatch(/Benchmark it from a region that the provider serves\.$/)
})

test.for([
  ['a challenge', '<html><title>Just a moment...</title></html>', 'cf-mitigated: challenge'],
  ['a challenge without a body', '', 'cf-mitigated: challenge'],
  ['a page of a proxy', '<!DOCTYPE html><html><h1>403 Forbidden</h1></html>', 'content-type: text/html'],
  ['a blocked address', 'error code: 1020', 'content-type: text/plain'],
] as const)('%s in front of the API is no matter of the key', async ([, body, header]) => {
  const seen = await probed(answer('403 Forbidden', body, header))
  expect(seen).toMatchObject({ errorKind: 'bad_request', faultDomain: 'config', statusCode: 403 })
  expect(seen.errorMessage).toMatch(/not its key: call from another network/)
})

test('a firewall that challenges with a 202 and no body is no empty answer', async () => {
  const seen = await probed(answer('202 Accepted', '', 'x-amzn-waf-action: challenge'))
  expect(seen).toMatchObject({ errorKind: 'bad_request', faultDomain: 'config', statusCode: 202 })
  expect(seen.errorMessage).toMatch(/not its key: call from another network/)
})

test('prose between events that has braces and a bad word is no error', async () => {
  const seen = await probed(saying(streamHead, 'Note: {cache} not found, limit 5\n\n', good))
  expect(seen).toMatchObject({ success: true, responseText: 'Hello' })
})

test('a 403 of the API itself is about the key', async () => {
  const seen = await probed(answer('403 Forbidden', { message: 'Forbidden' }))
  expect(seen.errorKind).toBe('auth')
})

test('the name of an exception that only a header has says what it is', async () => {
  const seen = await probed(
    answer('400 Bad Request', { message: 'no' }, 'x-amzn-errortype: ThrottlingException:http://aws/doc'),
  )
  expect(seen.errorKind).toBe('rate_limited')
})

test('a bad request before any token is one; after some it is an error in the stream', async () => {
  const refusal = event({ error: { code: 400, message: 'n must be 1' } })
  expect((await probed(saying(streamHead, refusal))).errorKind).toBe('bad_request')
  const late = await probed(saying(streamHead, delta({ content: 'Hello' }), refusal))
  expect(late.errorKind).toBe('error_in_stream')
})

test('a 404 inside a 200 says that the base URL may be incomplete', async () => {
  const seen = await probed(answer('200 OK', { code: 500, msg: '404 NOT_FOUND', success: false }))
  expect(seen).toMatchObject({ errorKind: 'bad_request', faultDomain: 'config', errorCode: '500' })
  expect(seen.errorMessage).toContain('Is TEST_BASE_URL complete?')
})

const limited = [{ error: { code: 429, message: 'Quota exceeded', details: [{ retryDelay: '45.5s' }] } }]
test('the wait that a body asks for is kept, unless a header asks for another', async () => {
  expect((await probed(answer('429 Too Many Requests', limited))).retryAfterMs).toBe(45_500)
  const headed = await probed(answer('429 Too Many Requests', limited, 'retry-after: 7'))
  expect(headed.retryAfterMs).toBe(7000)
})

test('an answer with 55 KiB of headers is read; with more it is malformed and says so', async () => {
  const long = head('200 OK', 'content-type: text/event-stream', ...longHeaders(55))
  expect(await probed(saying(long, good))).toMatchObject({ success: true, responseText: 'Hello' })
  const seen = await probed(saying(head('200 OK', ...longHeaders(80)), good))
  expect(seen).toMatchObject({ errorKind: 'malformed', faultDomain: 'provider' })
  expect(seen.errorMessage).toContain('headers of the answer are longer than 64 KiB')
})
