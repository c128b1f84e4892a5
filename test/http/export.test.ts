import { expect, test } from 'vitest'
import { createHttp } from '../../src/http/http.ts'
import type { Hosting } from '../../src/http/parts.ts'
import { type Store, StoreError } from '../../src/store/store.ts'
import { host, httpParts } from '../support/http-parts.ts'

const id = (page: number) => `0a0a0a0a-0a0a-4a0a-8a0a-00000000000${page}`
const cursor = (page: number) => `2026-11-26T12:00:00+00:00/${id(page)}`

/** A store of so many pages of one result each, which remembers what was asked, and fails at one page. */
function paged(pages: number, failing = 0) {
  const asked: Parameters<Store['listResults']>[0][] = []
  const listResults: Store['listResults'] = (input) => {
    asked.push(input)
    const page = asked.length
    if (page === failing) return Promise.reject(new StoreError('unavailable', 'db.internal is gone'))
    const row = { id: id(page), model: '=1+1', ttft_ms: page === 1 ? null : page }
    return Promise.resolve({
      columns: ['id', 'model', 'ttft_ms'],
      rows: [row],
      next: page < pages ? cursor(page) : null,
    })
  }
  return { asked, listResults }
}

const ask = (
  query: string,
  listResults: Store['listResults'],
  more: { hosting?: Hosting; now?: () => number } = {},
) => {
  const { hosting = 'server', now = () => 0 } = more
  const clock = { now, date: () => new Date() }
  const env = { PUBLIC_READS: '1' }
  const { hono } = createHttp(httpParts({ env, hosting, store: { listResults }, app: { clock } }))
  return hono.request(`http://${host}/api/v1/export${query}`, { headers: { host } })
}

test('all pages make one file of the rules that the command has', async () => {
  const { asked, listResults } = paged(3)
  const csv = await ask(`?provider=openai&since=2026-11-26&success=true&after=${cursor(9)}`, listResults)
  expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8')
  expect(csv.headers.get('content-disposition')).toBe('attachment; filename="firsttoken-results.csv"')
  expect(await csv.text()).toBe(`id,model,ttft_ms\n${id(1)},'=1+1,\n${id(2)},'=1+1,2\n${id(3)},'=1+1,3\n`)
  const filters = { provider: 'openai', since: new Date('2026-11-26'), success: true, withTexts: false }
  expect(asked).toMatchObject([
    { ...filters, after: cursor(9) },
    { ...filters, after: cursor(1) },
    { after: cursor(2) },
  ])
  const json = await ask('?format=json', paged(2).listResults)
  expect(json.headers.get('content-type')).toBe('application/json')
  expect(await json.json()).toEqual([
    { id: id(1), model: '=1+1', ttft_ms: null },
    { id: id(2), model: '=1+1', ttft_ms: 2 },
  ])
})

test('a page is read only when the client has taken the one before', async () => {
  const { asked, listResults } = paged(50)
  const response = await ask('', listResults)
  const reader = response.body?.getReader()
  await reader?.read()
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect(asked.length).toBeLessThan(5)
  await reader?.cancel()
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect(asked.length).toBeLessThan(5)
})

test('a function ends in time and says where to go on, a server gives everything', async () => {
  let now = 0
  // A page takes 25 of the 60 s that there are.
  const slow =
    (listResults: Store['listResults']): Store['listResults'] =>
    (input) => {
      now += 25_000
      return listResults(input)
    }
  const clock = { hosting: 'function', now: () => now } as const
  const csv = await (await ask('', slow(paged(9).listResults), clock)).text()
  expect(csv.split('\n').slice(-3)).toEqual([
    `${id(3)},'=1+1,3`,
    `# cut: go on with after=${encodeURIComponent(cursor(3))}`,
    '',
  ])
  const json = (await (await ask('?format=json', slow(paged(9).listResults), clock)).json()) as unknown[]
  expect(json.length).toBe(4)
  expect(json.at(-1)).toEqual({ next: cursor(3) })
  expect(
    (await (await ask('', slow(paged(9).listResults), { now: () => now })).text()).split('\n').length,
  ).toBe(11)
  expect(await (await ask('', slow(paged(3).listResults), clock)).text()).not.toContain('cut')
})

test('what fails before the first page has a status, what fails later ends the file without its end', async () => {
  const refused = await ask('', paged(3, 1).listResults)
  expect(refused.status).toBe(503)
  expect(await refused.text()).not.toContain('db.internal')
  const broken = await ask('', paged(3, 2).listResults)
  expect(broken.status).toBe(200)
  await expect(broken.text()).rejects.toThrow('db.internal is gone')
})
