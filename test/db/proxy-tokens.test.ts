import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import type { ProxyTokenInput } from '../../src/store/proxy-token-store.ts'
import { eight, failureOf } from '../support/contract-store.ts'
import { openedTransport } from '../support/opened-transport.ts'
import { transports } from '../support/transports.ts'

const dayMs = 86_400_000
const hashOf = (digit: string) => digit.repeat(64)

// Nothing here depends on how the functions are called.
const engines = transports.filter(({ name }) => name !== 'supabase-js')

describe.each(engines)('proxy tokens over $name', ({ open }) => {
  const { store, rowsOf } = openedTransport(open)
  beforeEach(() => rowsOf('delete from proxy_tokens'))

  const create = async (more: Partial<ProxyTokenInput> = {}) => {
    const input = {
      id: randomUUID(),
      name: 'alice',
      hash: hashOf('a'),
      hint: 'x_-9',
      requestsPerDay: null,
      usdPerDay: null,
      ...more,
    }
    return { input, ...(await store.createProxyToken(input)) }
  }
  const admit = (hash = hashOf('a'), requestId = randomUUID()) => store.admitProxyToken({ hash, requestId })
  const listed = async () => (await store.listProxyTokens()).rows
  const refusals = async (times: number) => {
    const said: unknown[] = []
    for (let n = 0; n < times; n += 1) said.push((await admit()).refused)
    return said
  }
  /** As if all that was done had been done a day before. */
  const nextDay = () => rowsOf('update proxy_token_days set day = day - 1')

  test('one is created once, and shown without its hash', async () => {
    const { input, created, token } = await create({ requestsPerDay: 5, usdPerDay: 0.25 })
    expect(created).toBe(true)
    expect(token).toEqual({
      id: input.id,
      name: 'alice',
      hint: 'x_-9',
      requests_per_day: 5,
      usd_per_day: 0.25,
      created_at: expect.any(String),
      revoked_at: null,
      last_used_at: null,
      requests_today: 0,
      usd_today: 0,
    })
    expect(await store.createProxyToken(input)).toEqual({ created, token })
    expect(await listed()).toEqual([token])
  })

  test('two that are in force have two names; that of one that was revoked is free', async () => {
    const first = await create()
    expect(await create({ hash: hashOf('b') })).toMatchObject({ created: false, token: null })
    expect(await store.revokeProxyToken({ id: first.input.id })).toEqual({ revoked: true })
    const second = await create({ hash: hashOf('b') })
    expect(second).toMatchObject({ created: true })
    await create({ hash: hashOf('c'), name: 'bob' })
    expect((await listed()).map(({ name, revoked_at: at }) => [name, at !== null])).toEqual([
      ['alice', false],
      ['bob', false],
      ['alice', true],
    ])
  })

  test('what is no token is refused', async () => {
    const wrong: Partial<ProxyTokenInput>[] = [
      { name: ' ' },
      { name: 'n'.repeat(65) },
      { hash: 'ftp_as-it-is' },
      { hint: 'long enough to tell' },
      { requestsPerDay: 0 },
      { requestsPerDay: 1.5 },
      { usdPerDay: -1 },
    ]
    for (const more of wrong)
      expect(await failureOf(create(more)), JSON.stringify(more)).toMatchObject({ kind: 'invalid' })
    expect(await listed()).toEqual([])
  })

  test('a request counts at once, and once however often it is asked', async () => {
    const { input } = await create()
    const requestId = randomUUID()
    const admitted = {
      refused: null,
      token: { id: input.id, name: 'alice' },
      day: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    }
    expect(await admit(hashOf('a'), requestId)).toEqual(admitted)
    expect(await admit(hashOf('a'), requestId)).toEqual(admitted)
    await admit()
    const [row] = await listed()
    expect(row).toMatchObject({ requests_today: 2, usd_today: 0 })
    expect(Math.abs(Date.parse(row?.last_used_at ?? '') - Date.now())).toBeLessThan(5 * 60_000)
  })

  test('what is unknown or revoked opens nothing', async () => {
    expect(await admit()).toEqual({ refused: 'unknown' })
    const { input } = await create()
    await admit()
    await store.revokeProxyToken({ id: input.id })
    const [before] = await listed()
    expect(await admit()).toEqual({ refused: 'revoked' })
    expect(await store.revokeProxyToken({ id: input.id })).toEqual({ revoked: true })
    expect(await listed()).toEqual([before])
    expect(await store.revokeProxyToken({ id: randomUUID() })).toEqual({ revoked: false })
  })

  test('requests are limited by the day, and those that are refused do not count', async () => {
    const { input } = await create({ requestsPerDay: 2 })
    expect(await refusals(4)).toEqual([null, null, 'requests', 'requests'])
    expect(await listed()).toMatchObject([{ requests_today: 2 }])
    const refused = await admit()
    expect(refused).toEqual({
      refused: 'requests',
      token: { id: input.id, name: 'alice' },
      limit: 2,
      resetsAt: expect.any(Date),
    })
    const resetsAt = 'resetsAt' in refused ? refused.resetsAt.getTime() : Number.NaN
    expect(resetsAt % dayMs).toBe(0)
    expect(resetsAt - Date.now()).toBeLessThanOrEqual(dayMs)
    await nextDay()
    expect(await refusals(3)).toEqual([null, null, 'requests'])
  })

  test('of many at once no more are admitted than the limit allows', async () => {
    await create({ requestsPerDay: 3 })
    const said = await eight(() => admit())
    expect(said.filter(({ refused }) => refused === null)).toHaveLength(3)
    expect(await listed()).toMatchObject([{ requests_today: 3 }])
  })

  test('spending is limited by what is known of it, and a charge counts once', async () => {
    const { input } = await create({ usdPerDay: 0.3 })
    const admitted = await admit()
    const day = 'day' in admitted ? admitted.day : ''
    const charge = { id: randomUUID(), charges: [{ tokenId: input.id, day, usd: 0.1 }] }
    expect(await store.chargeProxyTokens(charge)).toEqual({ charged: 1 })
    expect(await store.chargeProxyTokens(charge)).toEqual({ charged: 0 })
    expect(await refusals(1)).toEqual([null])
    // A sum that is none of doubles: 0.1 + 0.1 + 0.1 is more than 0.3 there.
    const [one] = charge.charges
    await store.chargeProxyTokens({ id: randomUUID(), charges: [...charge.charges, ...charge.charges] })
    expect(await listed()).toMatchObject([{ usd_today: 0.3, requests_today: 2 }])
    expect(await admit()).toMatchObject({ refused: 'usd', limit: 0.3 })
    await nextDay()
    expect(await refusals(1)).toEqual([null])
    // What ends after midnight is charged to the day on which it began; of an unknown day nobody is.
    const late = { ...one, tokenId: input.id, usd: 5, day: new Date(Date.parse(day) - dayMs).toISOString() }
    expect(await store.chargeProxyTokens({ id: randomUUID(), charges: [late] })).toEqual({ charged: 1 })
    expect(await listed()).toMatchObject([{ usd_today: 0, requests_today: 1 }])
    const lost = { ...late, day: '2001-01-01' }
    expect(await store.chargeProxyTokens({ id: randomUUID(), charges: [lost] })).toEqual({ charged: 0 })
  })

  test('other limits hold at once, for what was used today too; those left out stay, and null lifts one', async () => {
    const { input } = await create({ requestsPerDay: 2, usdPerDay: 5 })
    const { id } = input
    expect(await refusals(3)).toEqual([null, null, 'requests'])
    expect(await store.limitProxyToken({ id, requestsPerDay: 3 })).toMatchObject({
      token: { name: 'alice', requests_per_day: 3, usd_per_day: 5, requests_today: 2 },
    })
    expect(await refusals(2)).toEqual([null, 'requests'])
    expect(await store.limitProxyToken({ id, requestsPerDay: null, usdPerDay: 0.5 })).toMatchObject({
      token: { requests_per_day: null, usd_per_day: 0.5 },
    })
    const admitted = await admit()
    const day = 'day' in admitted ? admitted.day : ''
    await store.chargeProxyTokens({ id: randomUUID(), charges: [{ tokenId: id, day, usd: 0.5 }] })
    expect(await refusals(1)).toEqual(['usd'])
    await store.limitProxyToken({ id, usdPerDay: null })
    expect(await refusals(1)).toEqual([null])
    expect(await failureOf(store.limitProxyToken({ id, requestsPerDay: 0 }))).toMatchObject({ code: '22023' })
    await store.revokeProxyToken({ id })
    expect(await store.limitProxyToken({ id, usdPerDay: 1 })).toEqual({ token: null })
    expect(await store.limitProxyToken({ id: randomUUID(), usdPerDay: 1 })).toEqual({ token: null })
  })

  test('days are pruned with the requests of the proxy, but the last of each token', async () => {
    await create()
    await create({ hash: hashOf('b'), name: 'bob' })
    for (let days = 0; days < 3; days += 1) {
      await admit()
      await nextDay()
    }
    await admit(hashOf('b'))
    await rowsOf(`update proxy_token_days set day = day - 40 where token_id = (
      select id from proxy_tokens where name = 'bob')`)
    const kept = async () =>
      (
        await rowsOf(`select t.name, d.day::text as day from proxy_token_days d
          join proxy_tokens t on t.id = d.token_id order by t.name, d.day`)
      ).map(({ name, day }) => [name, day])
    const prune = (proxyBefore: Date | null) =>
      store.prune({ textsBefore: null, resultsBefore: null, proxyTextsBefore: null, proxyBefore, limit: 5 })
    const all = await kept()
    expect(all.map(([name]) => name)).toEqual(['alice', 'alice', 'alice', 'bob'])
    await prune(null)
    expect(await kept()).toEqual(all)
    await prune(new Date())
    // The last day on which each was used.
    expect(await kept()).toEqual([all[2], all[3]])
    expect((await listed()).map(({ last_used_at: at }) => at)).not.toContain(null)
  })

  test('charges of the same tokens in different orders do not lock each other out', async () => {
    const tokens = await Promise.all(
      ['a', 'b'].map(async (digit) => (await create({ hash: hashOf(digit), name: digit })).input),
    )
    const [admitted] = await Promise.all(tokens.map(({ hash }) => admit(hash)))
    const day = admitted && 'day' in admitted ? admitted.day : ''
    const charges = tokens.map(({ id: tokenId }) => ({ tokenId, day, usd: 0.5 }))
    await eight((n) =>
      store.chargeProxyTokens({ id: randomUUID(), charges: n % 2 === 0 ? charges : charges.toReversed() }),
    )
    expect((await listed()).map(({ usd_today: usd }) => usd)).toEqual([4, 4])
  })
})
