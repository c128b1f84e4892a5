import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openChat } from '../../src/cli/chat.ts'
import { configuredHere } from '../../src/http/configured.ts'
import { testApp } from '../support/app.ts'
import { httpParts, tokens } from '../support/http-parts.ts'
import { serve } from '../support/http-server.ts'
import { delta, done, listening, stop } from '../support/loopback.ts'
import { stubStore } from '../support/stub-store.ts'

// How much the chat may stream and spend.

const waiting: ServerResponse[] = []
const upstream = createServer((request, response) => {
  request.resume().once('end', () => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    waiting.push(response)
  })
})
/** What was spent today and this month, in USD. */
let spent: { today: number; month: number }
let server: Awaited<ReturnType<typeof serve>>
let chat: ReturnType<typeof openChat>

beforeAll(async () => {
  const url = await listening(upstream)
  const env = {
    ...tokens,
    LLM_BASE_URL: `${url}/v1`,
    LLM_MODEL: 'tiny',
    EGRESS_ALLOW: new URL(url).host,
    BUDGET_USD_PER_DAY: '2',
    BUDGET_USD_PER_MONTH: '10',
  }
  const store = {
    readCatalog: () => Promise.reject(new Error('this catalog is away')),
    readBudget: () =>
      Promise.resolve({
        day: '2026-11-30',
        month: '2026-11',
        usd_today: spent.today,
        usd_this_month: spent.month,
        days: [],
      }),
  }
  const app = testApp(env, stubStore(store))
  chat = openChat(app, {
    configured: configuredHere(app),
    openStore: () => Promise.resolve(stubStore(store)),
    onRecord: () => undefined,
  })
  server = await serve(httpParts({ env, store, chat }))
})
beforeEach(() => {
  waiting.length = 0
  spent = { today: 1.99, month: 9.99 }
})
afterAll(async () => {
  await server.close()
  chat.close()
  upstream.closeAllConnections()
  upstream.close()
})

const headers = { authorization: `Bearer ${tokens.ADMIN_TOKEN}`, 'content-type': 'application/json' }
const send = (target: unknown = { provider: 'custom', model: 'tiny' }) =>
  fetch(`${server.url}/chat`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ target, messages: [{ role: 'user', content: 'Hello' }] }),
  })
const problemOf = async (response: Response) => {
  const { status, type, detail } = (await response.json()) as { status: number; type: string; detail: string }
  return { status, kind: type.split(':').at(-1), detail }
}
const endAll = () => {
  for (const response of waiting.splice(0)) response.end(delta({ content: 'Hi' }) + stop + done)
}
/** An answer from its beginning to its end. It is refused for as long as earlier ones have their places, which is until all of them is measured. */
async function ask(target?: unknown) {
  const answer = await send(target)
  endAll()
  return { status: answer.status, text: await answer.text() }
}

test('the ninth answer at once is refused, and has its place when another has ended', async () => {
  const streaming = await Promise.all(Array.from({ length: 8 }, () => send()))
  expect(streaming.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200))
  expect(await problemOf(await send())).toEqual({
    status: 429,
    kind: 'rate_limited',
    detail: '8 answers stream already: wait until one of them has ended',
  })
  expect(waiting).toHaveLength(8)
  endAll()
  for (const response of streaming) expect(await response.text()).toContain('[DONE]')
  await expect.poll(() => ask()).toMatchObject({ status: 200 })
})

test('whoever leaves gives the place back', async () => {
  const leave = new AbortController()
  for (let turn = 0; turn < 8; turn += 1) {
    const body = JSON.stringify({
      target: { provider: 'custom', model: 'tiny' },
      messages: [{ role: 'user', content: 'Hello' }],
    })
    await fetch(`${server.url}/chat`, { method: 'POST', headers, body, signal: leave.signal })
  }
  const left = waiting.map((response) => once(response, 'close'))
  leave.abort()
  await Promise.all(left)
  waiting.length = 0
  await expect.poll(() => ask()).toMatchObject({ status: 200 })
})

test.each([
  [{ today: 2, month: 2 }, 'the budget of 2 USD a day is used up until midnight (UTC)'],
  [{ today: 0, month: 11 }, 'the budget of 10 USD a month is used up until the next one begins (UTC)'],
])('nothing is asked for once the budget is used up: %j', async (now, detail) => {
  spent = now
  expect(await problemOf(await send())).toEqual({ status: 429, kind: 'budget_spent', detail })
  expect(waiting).toEqual([])
})

test('an endpoint of one’s own, which has a key of one’s own, is no matter of the budget', async () => {
  spent = { today: 5, month: 50 }
  const { port } = upstream.address() as { port: number }
  const body = JSON.stringify({ base_url: `http://127.0.0.1:${port}/v1`, model: 'mine' })
  expect((await fetch(`${server.url}/chat/endpoint`, { method: 'PUT', headers, body })).status).toBe(200)
  await expect
    .poll(() => ask('own'))
    .toEqual({ status: 200, text: expect.stringContaining('[DONE]') as string })
})
