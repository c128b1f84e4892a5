import { expect, test } from 'vitest'
import { hostAllowed, originAllowed } from '../../../src/http/hosts.ts'
import { httpParts } from '../../support/http-parts.ts'

test('a server answers to the name that it listens at, with its port alone', () => {
  const hosts = httpParts({ listensAt: 'NAS.lan' }).access.hosts()
  expect(hostAllowed('nas.lan:8000', hosts)).toBe(true)
  expect(hostAllowed('nas.lan', hosts)).toBe(false)
  expect(originAllowed('http://nas.lan:8000', 'nas.lan:8000', hosts)).toBe(true)
  expect(originAllowed('http://nas.lan', 'nas.lan:8000', hosts)).toBe(false)
  for (const listensAt of ['0.0.0.0', '::', '127.0.0.1', 'fe80::1%eth0', null])
    expect(httpParts({ listensAt }).access.hosts().allowed, String(listensAt)).toEqual([])
  expect(httpParts({ hosting: 'function' }).access.hosts().allowed).toBe(null)
})
