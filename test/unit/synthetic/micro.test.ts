import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSynthetic, type Synthetic } from '../../../src/synthetic/server.ts'

let server: Synthetic
beforeAll(async () => {
  server = await startSynthetic()
})
afterAll(() => server.close())
const get = (path: string) => fetch(new URL(path, server.url))

test('/micro/plain answers text of the length that is asked for', async () => {
  const response = await get('/micro/plain?bytes=2000')
  expect(response.headers.get('content-type')).toBe('text/plain')
  expect(response.headers.get('content-length')).toBe('2000')
  expect(await response.text()).toHaveLength(2000)
  expect(await (await get('/micro/plain')).text()).toHaveLength(1024)
  expect(await (await get('/micro/plain?bytes=0')).text()).toBe('')
})

test('/micro/chunked answers as many bytes in pieces, and says no length', async () => {
  const response = await get('/micro/chunked?bytes=1003&chunks=10&delay_ms=1')
  expect(response.headers.get('content-length')).toBeNull()
  expect(response.headers.get('transfer-encoding')).toBe('chunked')
  expect(await response.arrayBuffer()).toHaveProperty('byteLength', 1003)
  expect(await (await get('/micro/chunked?bytes=3&chunks=10')).text()).toHaveLength(3)
})

test.each(['bytes=-1', 'bytes=1e3', 'bytes=99999999', 'bytes=', 'chunks=0', 'delay_ms=x'])(
  'a wrong parameter (%s) is refused with its bounds',
  async (query) => {
    const response = await get(`/micro/chunked?${query}`)
    expect(response.status).toBe(400)
    expect(await response.text()).toMatch(/must be a whole number from \d+ to \d+/)
  },
)
