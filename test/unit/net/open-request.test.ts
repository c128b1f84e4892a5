import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { openRequest } from '../../../src/net/open-request.ts'
import { listening } from '../../support/loopback.ts'

test('every header of a request goes on once, whatever its name; host, length and coding are ours', async () => {
  const server = createServer((_, response) => response.end())
  const url = new URL(`${await listening(server)}/v1?a=1`)
  const headers = Object.assign(Object.create(null) as Record<string, string>, {
    'access-control-request-headers': 'x-mine',
    'x-mine': 'identity',
    constructor: 'one',
    ['__proto__']: 'two',
    'content-length': '999',
    'accept-encoding': 'gzip',
  })
  const request = openRequest(
    { url, headers, body: 'äö' },
    { env: {}, egress: 'trusted' },
    { awaitedProxy: null },
  )
  if (request instanceof Error) throw request
  const arrived = once(server, 'request') as Promise<[IncomingMessage]>
  request.end('äö')
  const [{ rawHeaders, url: path }] = await arrived
  expect(path).toBe('/v1?a=1')
  const names = rawHeaders.filter((_, index) => index % 2 === 0).filter((name) => name !== 'Connection')
  expect(names.toSorted()).toEqual([...new Set([...Object.keys(headers), 'host'])].toSorted())
  expect(rawHeaders.join('|')).toContain('__proto__|two')
  expect(rawHeaders.join('|')).toContain('content-length|4')
  expect(rawHeaders.join('|')).toContain('accept-encoding|identity')
  await once(request, 'response')
  request.destroy()
  server.closeAllConnections()
  server.close()
})
