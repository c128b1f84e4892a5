import { afterAll, beforeAll, expect, test } from 'vitest'
import { createHttp } from '../../src/http/http.ts'
import { StoreError } from '../../src/store/store.ts'
import { host, httpParts, tokens } from '../support/http-parts.ts'
import { type Listings, serveListings } from '../support/listings.ts'

let listings: Listings
beforeAll(async () => {
  listings = await serveListings({ '/openai/models': { body: { data: [{ id: 'a' }, { id: 'b' }] } } })
})
afterAll(() => listings.close())

/** What the doctor says over HTTP of an installation whose database cannot be reached. */
async function examine(method: 'GET' | 'POST', path: string) {
  const env = {
    ...tokens,
    OPENAI_API_KEY: 'sk-a-key-that-nobody-may-see',
    OPENAI_BASE_URL: `${listings.url}/openai`,
  }
  const failure = new StoreError('unavailable', `nobody answers ${tokens.ADMIN_TOKEN}`)
  const app = {
    store: { name: 'a store', embedded: false, open: () => Promise.reject(failure), listen: null },
  }
  const headers = { host, authorization: `Bearer ${tokens.ADMIN_TOKEN}` }
  const url = `http://${host}/api/v1${path}`
  const response = await createHttp(httpParts({ env, app })).hono.request(url, { method, headers })
  expect(response.status).toBe(200)
  return (await response.json()) as {
    ok: boolean
    checks: { name: string; state: string; message: string }[]
  }
}

test('a database that is away is found and told without a secret, and no provider is called', async () => {
  const { ok, checks } = await examine('GET', '/doctor')
  expect(ok).toBe(false)
  expect(checks.filter(({ state }) => state === 'fail')).toMatchObject([
    { name: 'store', message: 'a store: nobody answers [key]' },
  ])
  expect(listings.requests).toEqual([])
})

test('keys are tried only if that is asked for, each with one call', async () => {
  expect(await examine('POST', '/doctor/keys')).toMatchObject({
    ok: true,
    checks: [{ name: 'key openai', state: 'ok', message: 'ok: 2 models listed' }],
  })
  expect(listings.requests.map(({ url }) => url)).toEqual(['/openai/models'])
})
