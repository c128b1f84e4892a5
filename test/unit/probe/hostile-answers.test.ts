import { createRequire, syncBuiltinESMExports } from 'node:module'
import { afterAll, beforeAll, describe, expect, type MockInstance, test, vi } from 'vitest'
import type { Gunzip } from 'node:zlib'
import { type HostileAnswer, hostileAnswers } from '../../support/hostile-answers.ts'
import { probed } from '../../support/loopback.ts'

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

/** Only an answer that may be silent meets a deadline. */
const [brief, long] = [
  { connect: 5000, firstToken: 400, idle: 300, total: 900 },
  { connect: 5000, firstToken: 20_000, idle: 20_000, total: 30_000 },
]

const isSilent = ({ kinds }: HostileAnswer) => kinds.some((kind) => kind.startsWith('timeout'))

describe.each([
  { how: 'says something', answers: hostileAnswers.filter((each) => !isSilent(each)), timeouts: long },
  // Together, as they only wait.
  { how: 'may be silent', answers: hostileAnswers.filter(isSilent), timeouts: brief, concurrent: true },
])('of what $how', ({ answers, timeouts, concurrent = false }) => {
  test.for(answers.map((answer) => [answer.name, answer] as const))(
    'an answer of %s ends as what it is, and nothing works on',
    { concurrent },
    async ([, { write, kinds }], { expect: expectHere }) => {
      const seen = await probed((socket) => write(socket), { timeouts })
      expect(seen.success).toBe(false)
      expect(kinds).toContain(seen.errorKind)
      expect(seen.errorMessage?.length).toBeLessThan(1000)
      const working = () => gunzip.mock.results.filter(({ value }) => !(value as Gunzip).destroyed)
      await expectHere.poll(() => working().length).toBe(0)
    },
  )
})
