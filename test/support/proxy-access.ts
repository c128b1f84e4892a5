import { randomUUID } from 'node:crypto'
import type { ConfiguredProvider } from '../../src/core/provider.ts'
import { openProxyAccess, type ProxyAccess, type ProxyAccessParts } from '../../src/proxy/access.ts'
import type { Admitted, Caller, Refused } from '../../src/proxy/parts.ts'
import { hashOf, makeToken } from '../../src/proxy/token.ts'
import type { Admission } from '../../src/proxy/token-book.ts'
import type { Charge } from '../../src/store/proxy-token-store.ts'

/** The present of these tests: half an hour before midnight (UTC). */
const present = new Date('2026-11-30T23:30:00Z')
const midnight = new Date('2026-12-01T00:00:00Z')

const holder = { id: '00000000-0000-4000-8000-00000000000a', name: 'alice' }
/** What a store may say of a token. */
export const sayings = {
  known: { refused: null, token: holder, day: '2026-11-30' },
  unknown: { refused: 'unknown' },
  revoked: { refused: 'revoked' },
  'out of requests': { refused: 'requests', token: holder, limit: 100, resetsAt: midnight },
  'out of USD': { refused: 'usd', token: holder, limit: 2.5, resetsAt: midnight },
} as const satisfies Record<string, Admission>

/** A token of which a store says something. */
export const tokens = Object.fromEntries(
  Object.keys(sayings).map((name) => [name, makeToken().token]),
) as Record<keyof typeof sayings, string>
const byHash = new Map<string, Admission>(
  Object.entries(sayings).map(([name, said]) => [hashOf(tokens[name as keyof typeof sayings]), said]),
)

/** What access says of a request that goes to this provider. */
export async function admitTo(
  { enter }: Pick<ProxyAccess, 'enter'>,
  caller: Caller,
  to: { provider: Pick<ConfiguredProvider, 'baseUrl' | 'key'> },
): Promise<Admitted | Refused> {
  const visitor = await enter(caller)
  return 'status' in visitor ? visitor : visitor.admit(to)
}

/** Access over a store in memory that knows these tokens; what it was asked and charged; how to make it answer otherwise. */
export function openTestAccess(more: Partial<ProxyAccessParts> = {}) {
  let now = 0
  let answer: (hash: string) => Promise<Admission> = (hash) =>
    Promise.resolve(byHash.get(hash) ?? sayings.unknown)
  const asked: { hash: string; requestId: string }[] = []
  const charged: Charge[] = []
  const access = openProxyAccess({
    clock: { now: () => now },
    date: () => present,
    uuid: randomUUID,
    isExposed: false,
    deadline: () => new AbortController().signal,
    openStore: () =>
      Promise.resolve({
        admitProxyToken: (input) => {
          asked.push(input)
          return answer(input.hash)
        },
        chargeProxyTokens: ({ charges }) => {
          charged.push(...charges)
          return Promise.resolve({ charged: charges.length })
        },
      }),
    ...more,
  })
  return {
    access,
    asked,
    charged,
    pass: (ms: number) => {
      now += ms
    },
    answerBy: (how: typeof answer) => {
      answer = how
    },
  }
}
