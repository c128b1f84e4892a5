import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { StatusFeed } from '../../../src/core/official-status.ts'
import { fetchOfficialStatus } from '../../../src/sync/fetch-official.ts'
import { feedOf, officialText } from '../../support/official.ts'

interface Reply {
  status?: number
  headers?: Record<string, string>
  body: string
}

/** What is answered at each path, and what was asked. */
let replies: Record<string, Reply> = {}
let asked: { path: string; ifNoneMatch: string | undefined }[] = []
let mirror = ''
const server = createServer((request, response) => {
  const path = request.url ?? ''
  const { 'if-none-match': ifNoneMatch } = request.headers
  asked.push({ path, ifNoneMatch })
  const { status = 200, headers = {}, body } = replies[path] ?? { status: 404, body: 'nothing here' }
  const isUnchanged = headers['etag'] !== undefined && headers['etag'] === ifNoneMatch
  if (isUnchanged) response.writeHead(304, headers).end()
  else response.writeHead(status, headers).end(body)
})
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mirror/`
})
afterAll(() => void server.close())

const summary = '/mirror/status.claude.com/api/v2/summary.json'
const incidents = '/mirror/status.claude.com/api/v2/incidents.json'
const feed = feedOf('anthropic')
const ask = (validators = {}, of: StatusFeed = feed) =>
  fetchOfficialStatus(of, { mirror, env: {}, validators })

beforeEach(() => {
  asked = []
  replies = {
    [summary]: { headers: { etag: '"s1"' }, body: officialText('anthropic-summary') },
    [incidents]: { headers: { etag: '"i1"' }, body: officialText('anthropic-incidents') },
  }
})

test('the documents of a page are asked for in a mirror, by their host', async () => {
  const answer = await ask()
  expect(answer).toMatchObject({ status: { indicator: 'operational', incidents: [{ id: '461yvfrzpwtt' }] } })
  expect(asked.map(({ path }) => path).toSorted()).toEqual([incidents, summary])
})

test('a page is asked whether it changed, and as a whole if only a part of it did', async () => {
  const first = await ask()
  const { validators } = first as { validators: Record<string, Record<string, string>> }
  expect(await ask(validators)).toEqual({ unchanged: true })
  expect(asked.slice(2).map(({ ifNoneMatch }) => ifNoneMatch)).toEqual(['"s1"', '"i1"'])
  replies[summary] = {
    headers: { etag: '"s2"' },
    body: officialText('anthropic-incident'),
  }
  expect(await ask(validators)).toMatchObject({
    status: { indicator: 'degraded_performance', incidents: [{}, { id: '461yvfrzpwtt' }] },
    validators: { [feed.documents[0] ?? '']: { 'if-none-match': '"s2"' } },
  })
})

test.for<[string, Reply, string]>([
  ['an error', { status: 503, body: officialText('anthropic-summary') }, 'http_error'],
  ['a refusal', { status: 403, body: '<html>Just a moment...</html>' }, 'http_error'],
  ['a redirect', { status: 302, headers: { location: '/elsewhere' }, body: '' }, 'redirected'],
  ['nothing', { body: '' }, 'unreadable'],
  [
    'HTML',
    { headers: { 'content-type': 'text/html' }, body: '<html>All Systems Operational</html>' },
    'unreadable',
  ],
  ['another JSON', { body: '{"status":"ok"}' }, 'unreadable'],
  ['no content', { status: 204, body: '' }, 'http_error'],
])('%s is no status', async ([, reply, error]) => {
  for (const path of [summary, incidents]) {
    const before = replies[path]
    replies[path] = reply
    expect(await ask()).toEqual({ error, problem: expect.any(String) as string })
    if (before) replies[path] = before
  }
})

test('a body that is cut anywhere is no status', async () => {
  const text = officialText('anthropic-summary').trim()
  for (let part = 0; part < 50; part += 1) {
    replies[summary] = { body: text.slice(0, Math.floor((text.length * part) / 50)) }
    expect(await ask()).toMatchObject({ error: 'unreadable' })
  }
})

test('a page that cannot be reached is unknown, and says so without rejecting', async () => {
  const gone = { ...feed, documents: ['http://127.0.0.1:9/summary.json'] }
  expect(await fetchOfficialStatus(gone, { mirror: null, env: {}, validators: {} })).toEqual({
    error: 'unreachable',
    problem: expect.stringContaining('could not be reached') as string,
  })
})
