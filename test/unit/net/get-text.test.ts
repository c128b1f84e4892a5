import { createRequire, syncBuiltinESMExports } from 'node:module'
import { type Gunzip, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, type MockInstance, test, vi } from 'vitest'
import { getText } from '../../../src/net/get-text.ts'
import { type HostileAnswer, hostileAnswers } from '../../support/hostile-answers.ts'
import { head, serving } from '../../support/loopback.ts'

const zlib = createRequire(import.meta.url)('node:zlib') as typeof import('node:zlib')
let gunzip: MockInstance<typeof zlib.createGunzip>
beforeAll(() => {
  gunzip = vi.spyOn(zlib, 'createGunzip')
  syncBuiltinESMExports()
})
afterAll(() => {
  vi.restoreAllMocks()
  syncBuiltinESMExports()
})

const get = (url: string, timeoutMs: number) =>
  getText(new URL(url), { env: {}, timeoutMs, egress: 'trusted', mostBytes: 2 ** 20 })

const isSilent = ({ kinds }: HostileAnswer) => kinds.some((kind) => kind.startsWith('timeout'))

describe.each([
  { how: 'says something', answers: hostileAnswers.filter((each) => !isSilent(each)), timeoutMs: 20_000 },
  // Together, as they only wait.
  { how: 'may be silent', answers: hostileAnswers.filter(isSilent), timeoutMs: 600, concurrent: true },
])('of what $how', ({ answers, timeoutMs, concurrent = false }) => {
  test.for(answers.map((answer) => [answer.name, answer] as const))(
    'an answer of %s is read, or a problem in words, and nothing works on',
    { concurrent },
    async ([, { write }], { expect: expectHere }) => {
      const seen = await serving(
        (socket) => write(socket),
        (url) => get(url, timeoutMs),
      )
      const { problem, text } = { problem: 'none', text: '', ...seen }
      expect(problem).toMatch(/^(none|answered with more|did not answer within|could not be reached \(.+\))/)
      expect(text.length).toBeLessThanOrEqual(2 ** 20)
      const working = () => gunzip.mock.results.filter(({ value }) => !(value as Gunzip).destroyed)
      await expectHere.poll(() => working().length).toBe(0)
    },
  )
})

test('a switch of protocols is a problem that says so', async () => {
  const upgraded = head('101 Switching Protocols', 'connection: upgrade', 'upgrade: websocket')
  const seen = await serving(
    (socket) => void socket.write(upgraded),
    (url) => get(url, 20_000),
  )
  expect(seen).toEqual({ problem: 'could not be reached (it switched protocols)', status: null })
})

test('a text that was compressed twice is read', async () => {
  const lines = ['content-encoding: gzip, gzip', 'connection: close']
  const bytes = Buffer.concat([Buffer.from(head('200 OK', ...lines)), gzipSync(gzipSync('{"data":[]}'))])
  const seen = await serving(
    (socket) => void socket.end(bytes),
    (url) => get(url, 20_000),
  )
  expect(seen).toMatchObject({ status: 200, text: '{"data":[]}' })
})
