import { expect, test } from 'vitest'
import { createHttp } from '../../src/http/http.ts'
import { type Store, StoreError } from '../../src/store/store.ts'
import { sampleFleet } from '../support/fleet-sample.ts'
import { host, httpParts, tokens } from '../support/http-parts.ts'

/** Asks as the admin, or with another token, of a store that remembers what it was asked. */
async function ask(
  method: string,
  path: string,
  { body, token = tokens.ADMIN_TOKEN, store = {} }: Given = {},
) {
  const asked: object[] = []
  const remember =
    <Input extends object, Output>(answer: (input: Input) => Output) =>
    (input: Input) => {
      asked.push(input)
      return Promise.resolve(answer(input))
    }
  const known: Partial<Store> = {
    readFleet: remember(() => sampleFleet()),
    setLanes: remember((input) => input),
    ...store,
  }
  const { hono } = createHttp(httpParts({ env: tokens, store: known }))
  const response = await hono.request(`http://${host}/api/v1${path}`, {
    method,
    headers: { host, authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return { status: response.status, answer: await response.json(), asked }
}

interface Given {
  body?: unknown
  token?: string
  store?: Partial<Store>
}

test('the fleet is read as the database tells it, of all regions or one', async () => {
  expect(await ask('GET', '/fleet', { token: tokens.READ_TOKEN })).toEqual({
    status: 200,
    answer: sampleFleet(),
    asked: [{ region: null }],
  })
  expect((await ask('GET', '/fleet?region=fra')).asked).toEqual([{ region: 'fra' }])
  expect((await ask('GET', '/fleet?region=')).status).toBe(400)
})

test('the lanes of a provider are set by the admin alone, to a number or as usual', async () => {
  const path = '/fleet/lanes/openai'
  for (const lanes of [1, 64, null])
    expect(await ask('PUT', path, { body: { lanes } })).toEqual({
      status: 200,
      answer: { provider: 'openai', lanes },
      asked: [{ provider: 'openai', lanes }],
    })
  const denied = await ask('PUT', path, { body: { lanes: 8 }, token: tokens.READ_TOKEN })
  expect([denied.status, denied.asked]).toEqual([403, []])
})

test.each([
  [{}],
  [{ lanes: 0 }],
  [{ lanes: 65 }],
  [{ lanes: 1.5 }],
  [{ lanes: '4' }],
  [{ lanes: 4, region: 'fra' }],
  [[4]],
  [null],
])('%j sets no lanes', async (body) => {
  const { status, asked } = await ask('PUT', '/fleet/lanes/openai', { body })
  expect([status, asked]).toEqual([400, []])
})

test('lanes of a provider that nobody knows are not found', async () => {
  const setLanes = () =>
    Promise.reject(new StoreError('missing', 'there is no provider nobody', { code: 'P0002' }))
  expect(await ask('PUT', '/fleet/lanes/nobody', { body: { lanes: 8 }, store: { setLanes } })).toMatchObject({
    status: 404,
    answer: { detail: expect.stringContaining('there is no provider nobody') as string },
  })
})
