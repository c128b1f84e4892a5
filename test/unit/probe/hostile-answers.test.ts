import { createRequire, syncBuiltinESMExports } from 'node:module'
import { afterEach, expect, test, vi } from 'vitest'
import type { Gunzip } from 'node:zlib'
import { hostileAnswers } from '../../support/hostile-answers.ts'
import { probed } from '../../support/loopback.ts'

const zlib = createRequire(import.meta.url)('node:zlib') as typeof import('node:zlib')
afterEach(() => {
  vi.restoreAllMocks()
  syncBuiltinESMExports()
})

/** Only an answer that may be silent meets a deadline. */
const [brief, long] = [
  { connect: 5000, firstToken: 400, idle: 300, total: 900 },
  { connect: 5000, firstToken: 20_000, idle: 20_000, total: 30_000 },
]

test.for(hostileAnswers.map((answer) => [answer.name, answer] as const))(
  'an answer of %s ends as what it is, and nothing works on',
  async ([, { write, kinds }]) => {
    const gunzip = vi.spyOn(zlib, 'createGunzip')
    syncBuiltinESMExports()
    const timeouts = kinds.some((kind) => kind.startsWith('timeout')) ? brief : long
    const seen = await probed((socket) => write(socket), { timeouts })
    expect(seen.success).toBe(false)
    expect(kinds).toContain(seen.errorKind)
    expect(seen.errorMessage?.length).toBeLessThan(1000)
    const working = () => gunzip.mock.results.filter(({ value }) => !(value as Gunzip).destroyed)
    await expect.poll(() => working().length).toBe(0)
  },
)
