import { expect, test } from 'vitest'
import { hostAllowed, type Hosts, originAllowed } from '../../../src/http/hosts.ts'

const server: Hosts = { port: 8000, publicUrl: null, allowed: [] }
const named: Hosts = {
  port: 8000,
  publicUrl: new URL('https://monitor.example'),
  allowed: ['nas', 'box:8000'],
}

test.each([
  ['127.0.0.1:8000', server, true],
  ['192.168.1.5:8000', server, true],
  ['[::1]:8000', server, true],
  ['[2001:db8::1]:8000', server, true],
  ['LOCALHOST:8000', server, true],
  ['localhost', server, false],
  ['localhost', { ...server, port: 80 }, true],
  ['localhost:80', { ...server, port: 80 }, true],
  ['127.0.0.1:8001', server, false],
  ['localhost.:8000', server, false],
  ['localhost.evil.example:8000', server, false],
  ['127.0.0.1.evil.example:8000', server, false],
  ['evil.example:8000', server, false],
  ['evil.example@127.0.0.1:8000', server, false],
  ['2130706433:8000', server, false],
  ['0x7f.1:8000', server, false],
  ['::1:8000', server, false],
  ['127.0.0.1:8000, evil.example', server, false],
  ['', server, false],
  ['monitor.example', named, true],
  ['monitor.example:8000', named, false],
  ['nas:1234', named, true],
  ['box:8000', named, true],
  ['box', named, false],
  ['anything.vercel.app', { port: null, publicUrl: null, allowed: null }, true],
  ['anything.vercel.app', { port: null, publicUrl: null, allowed: ['monitor.example'] }, false],
] as const)('the host %s of %j is allowed: %s', (host, hosts, isAllowed) => {
  expect(hostAllowed(host, hosts)).toBe(isAllowed)
})

test.each([
  ['http://127.0.0.1:8000', '127.0.0.1:8000', server, true],
  ['http://127.0.0.1:8001', '127.0.0.1:8000', server, false],
  ['http://127.0.0.1', '127.0.0.1:8000', server, false],
  ['http://localhost:8000', '127.0.0.1:8000', server, false],
  ['http://192.168.1.6:8000', '192.168.1.5:8000', server, false],
  ['null', '127.0.0.1:8000', server, false],
  ['', '127.0.0.1:8000', server, false],
  ['file://', '127.0.0.1:8000', server, false],
  ['http://127.0.0.1:8000/', '127.0.0.1:8000', server, false],
  ['http://127.0.0.1:8000@evil.example', '127.0.0.1:8000', server, false],
  ['https://monitor.example', '127.0.0.1:8000', named, true],
  ['http://monitor.example', '127.0.0.1:8000', named, false],
  ['http://monitor.example', 'monitor.example', named, false],
  ['http://monitor.example:443', 'monitor.example', named, false],
  ['http://box:8000', '127.0.0.1:8000', named, true],
  ['https://app.vercel.app', 'app.vercel.app', { port: null, publicUrl: null, allowed: null }, true],
  ['http://app.vercel.app', 'app.vercel.app', { port: null, publicUrl: null, allowed: null }, false],
  ['https://evil.vercel.app', 'app.vercel.app', { port: null, publicUrl: null, allowed: null }, false],
] as const)('a page of %s may change something at %s, %j: %s', (...[origin, host, hosts, isAllowed]) => {
  expect(originAllowed(origin, host, hosts)).toBe(isAllowed)
})
