import { http, HttpResponse } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { withRetry } from '../../../src/store/retry.ts'
import { createRpcStore } from '../../../src/store/rpc.ts'
import { isRefusedForGood, isUnreachable, maySettle, StoreError } from '../../../src/store/store.ts'
import { type Fate, type Refusal, refusals } from '../../support/refusals.ts'

const url = 'https://abcdefgh.supabase.co'
const server = setupServer()
beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
afterEach(() => server.resetHandlers())
afterAll(() => server.close())

/** Makes a call that is refused, and notes its attempts and the pauses between them, in ms. */
async function refused({ status, body }: Pick<Refusal, 'status' | 'body'>) {
  const seen = { calls: 0, pauses: [] as number[] }
  server.use(
    http.post(`${url}/rest/v1/rpc/read_health`, () => {
      seen.calls += 1
      return new HttpResponse(body, { status, headers: { 'content-type': 'application/json' } })
    }),
  )
  const sleep = async (ms: number) => seen.pauses.push(ms)
  const store = await createRpcStore({ url, key: 'sb_secret_x' }, (call) =>
    withRetry(call, { sleep, random: () => 0.5 }),
  )
  const error = await store.readHealth({ schedule: 's' }).catch((reason: unknown) => reason)
  if (!(error instanceof StoreError)) throw new Error(`this is no StoreError: ${String(error)}`)
  return { error, ...seen }
}

const fateOf = (error: StoreError): Fate | null => {
  if (isUnreachable(error)) return 'passes'
  if (isRefusedForGood(error)) return 'never'
  return maySettle(error) ? 'right' : null
}

/** How often a call is made that meets the same refusal every time; a stale cache may have been refreshed. */
const attempts: Record<Fate, number[]> = { passes: [3], right: [1, 3], never: [1] }

test.each(refusals.map((refusal) => [refusal.name, refusal] as const))(
  '%s is told apart by what becomes of the call',
  async (_, refusal) => {
    const { error, calls } = await refused(refusal)
    expect(fateOf(error)).toBe(refusal.fate)
    expect(error.message).toMatch(/^read_health/)
    expect(attempts[refusal.fate]).toContain(calls)
  },
)

const coded = (code: string, message = 'no') => JSON.stringify({ code, message })

test.each([
  ['a token from the future', 401, coded('PGRST303', 'JWT issued at future')],
  ['a token that has expired', 401, coded('PGRST303', 'JWT expired')],
  ['a function that is not in the schema cache', 404, coded('PGRST202')],
  ['a table that is not in the schema cache', 404, coded('PGRST205')],
])('%s is tried again after 1 to 2 s', async (_, status, body) => {
  expect(await refused({ status, body })).toMatchObject({ calls: 3, pauses: [1500, 1500] })
})

test.each(['401', '22', '503', 'exceed_db_size_quota'])('%s is no code of the database', async (code) => {
  const { error } = await refused({ status: 402, body: coded(code, 'restricted') })
  expect(error).toMatchObject({
    kind: 'unavailable',
    code: null,
    message: 'read_health: HTTP 402: restricted.',
  })
})

test('a project that the pooler does not know is configuration', async () => {
  const { error } = await refused({ status: 500, body: coded('XX000', 'Tenant or user not found') })
  expect(error.kind).toBe('denied')
})
