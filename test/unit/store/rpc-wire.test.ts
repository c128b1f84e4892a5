import { http, HttpResponse } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createRpcStore } from '../../../src/store/rpc.ts'

const url = 'https://abcdefgh.supabase.co'
const endpoint = `${url}/rest/v1/rpc/finish_run`
const input = { runId: 'b7a0c9f4-0000-4000-8000-000000000000', status: 'finished' } as const
const run = {
  id: input.runId,
  run_name: 'benchmark',
  triggered_by: 'cron',
  mode: 'scheduled',
  schedule: 'benchmark',
  slot: '2026-11-21T10:15:00+00:00',
  region: 'iad1',
  status: 'finished',
  status_reason: null,
  synthetic: false,
  started_at: '2026-11-21T10:15:00.123456+00:00',
  finished_at: '2026-11-21T10:15:09.5+00:00',
  n_probes: 4,
  n_succeeded: 3,
  n_failed: 1,
  n_skipped: 0,
}

const server = setupServer()
beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
afterEach(() => server.resetHandlers())
afterAll(() => server.close())

test('a function is called by POST at the project, with its key and its input', async () => {
  const seen: { authorization: string | null; apikey: string | null; body: unknown }[] = []
  server.use(
    http.post(endpoint, async ({ request }) => {
      const { headers } = request
      seen.push({
        authorization: headers.get('authorization'),
        apikey: headers.get('apikey'),
        body: await request.json(),
      })
      return HttpResponse.json(run)
    }),
  )
  const store = await createRpcStore({ url, key: 'sb_secret_x' })
  expect(await store.finishRun(input)).toMatchObject({ nProbes: 4, slot: new Date('2026-11-21T10:15:00Z') })
  const body = { input: { run_id: input.runId, status: 'finished' } }
  expect(seen).toEqual([{ authorization: 'Bearer sb_secret_x', apikey: 'sb_secret_x', body }])
})

const problem = (code: string) => ({ code, message: 'no', details: null, hint: null })
test.each([
  ['a gateway page', () => HttpResponse.html('<h1>502 Bad Gateway</h1>', { status: 502 }), 'unavailable'],
  [
    'a paused project',
    () => HttpResponse.json({ message: 'project paused' }, { status: 540 }),
    'unavailable',
  ],
  ['a missing function', () => HttpResponse.json(problem('PGRST202'), { status: 404 }), 'missing'],
  ['a role without the right', () => HttpResponse.json(problem('42501'), { status: 403 }), 'denied'],
  ['a wrong key', () => HttpResponse.json({ message: 'Invalid API key' }, { status: 401 }), 'denied'],
  ['a statement that took too long', () => HttpResponse.json(problem('57014'), { status: 500 }), 'timeout'],
  ['a broken connection', () => HttpResponse.error(), 'unavailable'],
])('%s has its own kind of error', async (_, answer, kind) => {
  server.use(http.post(endpoint, answer))
  const store = await createRpcStore({ url, key: 'sb_secret_x' })
  await expect(store.finishRun(input)).rejects.toMatchObject({ name: 'StoreError', kind })
})
