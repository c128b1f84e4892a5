import { describe, expect, test } from 'vitest'
import type { ProxyRecord } from '../../src/core/proxy-record.ts'
import { openedTransport } from '../support/opened-transport.ts'
import { clientLeft, providerFailed, sampleRecord } from '../support/proxy-records.ts'
import { transport } from '../support/transports.ts'

const minute = 60_000

describe.each(transport('embedded'))('requests of the proxy over $name', ({ open }) => {
  const { store, rowsOf } = openedTransport(open)
  let providers = 0
  /** A provider of its own for each test, so that none sees what another recorded. */
  const ofNew = (at: Date) => {
    const provider = `provider-${(providers += 1)}`
    return {
      provider,
      like: (changes: Partial<ProxyRecord> = {}) => sampleRecord({ provider, receivedAt: at, ...changes }),
    }
  }
  const traffic = async (provider: string, since: Date, by: ('client' | 'input_size' | 'stream')[] = []) =>
    (await store.readProxyTraffic({ provider, since, until: new Date(since.getTime() + 60 * minute), by }))
      .rows
  const at = new Date('2026-11-20T10:00:10Z')

  test('every field of a record comes back as it was', async () => {
    const { provider, like } = ofNew(at)
    const record = like({ reasoning: 'low', attempt: 2, timingReasons: ['lag'], reasoningTokens: 7 })
    expect(await store.recordProxyRequests({ rows: [record] })).toEqual({ recorded: 1, refused: [] })
    const { rows, next } = await store.listProxyRequests({ provider })
    expect(next).toBeNull()
    const [row] = rows
    const columns = Object.entries(record).map(([name, value]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value as unknown,
    ])
    expect({ ...row, received_at: Date.parse(String(row?.received_at)) }).toEqual({
      ...Object.fromEntries(columns),
      source: 'proxy',
      received_at: at.getTime(),
    })
  })

  test('a batch that is repeated, whole or in part, counts once', async () => {
    const { provider, like } = ofNew(at)
    const [one, two, three] = [like(), like(), like()]
    await store.recordProxyRequests({ rows: [one, two] })
    expect(await store.recordProxyRequests({ rows: [one, two] })).toEqual({ recorded: 0, refused: [] })
    expect(await store.recordProxyRequests({ rows: [two, three, three] })).toEqual({
      recorded: 1,
      refused: [],
    })
    expect(await traffic(provider, at)).toMatchObject([{ n: 3, ok: 3, ttft: { n: 3 } }])
  })

  test('a row with a bad value is refused by its id, and the others are kept', async () => {
    const { provider, like } = ofNew(at)
    const bad = [
      like({ provider: null as never }),
      like({ inputTokens: 3e9 }),
      like({ success: false }),
      like({ id: 'no uuid' }),
    ]
    const { recorded, refused } = await store.recordProxyRequests({ rows: [like(), ...bad, like()] })
    expect(recorded).toBe(2)
    expect(refused.map(({ id }) => id)).toEqual(bad.map(({ id }) => id))
    expect(refused.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('provider'),
      expect.stringContaining('out of range'),
      expect.stringContaining('proxy_requests_failure_check'),
      expect.stringContaining('uuid'),
    ])
    expect(await traffic(provider, at)).toMatchObject([{ n: 2 }])
  })

  test('each request is ok, left by its client, or a failure of somebody', async () => {
    const { provider, like } = ofNew(at)
    const account = { ...providerFailed, errorKind: 'rate_limited', faultDomain: 'account' } as const
    await store.recordProxyRequests({
      rows: [
        like(),
        like({ costUsd: null, costSource: null }),
        like({ timingQuality: 'untrusted' }),
        like(providerFailed),
        like(account),
        like(account),
        like(clientLeft),
      ],
    })
    expect(await traffic(provider, at)).toMatchObject([
      {
        n: 7,
        ok: 3,
        client_left: 1,
        failed: { provider: 1, account: 2, config: 0, excluded: 0, self: 0 },
        untrusted: 1,
        cost_unknown: 1,
        input_tokens: 1500,
        output_tokens: 150,
        cost_usd: 0.0002,
        request_bytes: 14_000,
        response_bytes: 63_000,
        overhead_before_ms: 1.25,
        overhead_first_ms: 0.125,
        ttft: { n: 2, p50: 300 },
      },
    ])
    expect(
      await rowsOf(
        'select errors from proxy_minutes m join proxy_series s on s.id = m.series_id where provider = $1 and errors is not null',
        [provider],
      ),
    ).toEqual([{ errors: { 'provider.overloaded': 1, 'account.rate_limited': 2 } }])
  })

  test('what is not streamed has a latency and no TTFT; a client that did not read, a TTFT and no latency', async () => {
    const { provider, like } = ofNew(at)
    await store.recordProxyRequests({
      rows: [
        like({ stream: false, ttftMs: null, ttfaMs: null, tps: null, totalLatencyMs: 900 }),
        like({ clientStalledMs: 5000, totalLatencyMs: 6000 }),
        like({ totalLatencyMs: 700 }),
      ],
    })
    expect(await traffic(provider, at, ['stream'])).toMatchObject([
      { stream: true, ttft: { n: 2 }, tps: { n: 1 }, latency: { n: 1, p50: 700 } },
      { stream: false, ttft: { n: 0, p50: null }, latency: { n: 1, p50: 900 } },
    ])
  })

  test('percentiles are exact over many minutes and batches, and null below 29 and 59 samples', async () => {
    const { provider, like } = ofNew(at)
    // 1 to 60 in an order of their own, in ten batches over three minutes: 7 is prime to 61.
    const values = Array.from({ length: 60 }, (_, i) => ((i + 1) * 7) % 61)
    for (let batch = 0; batch < 10; batch += 1)
      await store.recordProxyRequests({
        rows: values
          .slice(batch * 6, batch * 6 + 6)
          .map((ttftMs, i) => like({ ttftMs, receivedAt: new Date(at.getTime() + (i % 3) * minute) })),
      })
    // Between the k-th and the next value, as percentile_cont has it: 1 + 0.9 * 59 = 54.1.
    expect(await traffic(provider, at)).toMatchObject([
      { ttft: { n: 60, p50: 30.5, p90: 54.1, p95: 57.1, p99: null } },
    ])
    await store.recordProxyRequests({
      rows: Array.from({ length: 28 }, () => like({ modelAsked: 'other-model' })),
    })
    expect((await traffic(provider, at))[1]).toMatchObject({
      model: 'other-model',
      ttft: { n: 28, p50: 300, p90: null, p95: null },
    })
  })

  test('input is sized by what was not cached, each size four times as wide as the one before', async () => {
    const { provider, like } = ofNew(at)
    const sizes = [
      [255, null],
      [256, null],
      [5000, 4800],
      [5000, 904],
      [300_000, 0],
      [null, null],
    ] as const
    await store.recordProxyRequests({
      rows: sizes.map(([inputTokens, cachedTokens]) => like({ inputTokens, cachedTokens })),
    })
    const rows = await traffic(provider, at, ['input_size'])
    expect(rows.map(({ input_size: size, n }) => [size, n])).toEqual([
      [0, 2],
      [256, 1],
      [4096, 1],
      [262_144, 1],
      [null, 1],
    ])
  })

  test('after fifty clients of a day the others are one in the rollups, and are themselves in the rows', async () => {
    // A day of its own: labels are counted by the day.
    const day = new Date('2026-11-18T10:00:10Z')
    const { provider, like } = ofNew(day)
    const names = Array.from({ length: 60 }, (_, i) => `client-${i}`)
    const requests = names.map((client, i) => like({ client, receivedAt: new Date(day.getTime() + i) }))
    await store.recordProxyRequests({ rows: requests.slice(0, 30) })
    await store.recordProxyRequests({ rows: requests.slice(30) })
    await store.recordProxyRequests({ rows: [like({ client: 'client-7' }), like({ client: null })] })
    const rows = await traffic(provider, day, ['client'])
    expect(rows).toHaveLength(52)
    expect(rows[0]).toMatchObject({ client: 'other', n: 10 })
    expect(rows[1]).toMatchObject({ client: 'client-7', n: 2 })
    expect(rows.filter(({ client }) => client === null)).toMatchObject([{ n: 1 }])
    expect((await store.listProxyRequests({ provider, client: 'client-59' })).rows).toHaveLength(1)
    // The next day counts anew.
    const next = new Date(day.getTime() + 24 * 60 * minute)
    await store.recordProxyRequests({ rows: [like({ client: 'client-59', receivedAt: next })] })
    expect(await traffic(provider, next, ['client'])).toMatchObject([{ client: 'client-59', n: 1 }])
  })

  test('a list goes on where it ended, newest first, also among requests of one moment', async () => {
    const { provider, like } = ofNew(at)
    const records = Array.from({ length: 5 }, (_, i) =>
      like({ receivedAt: new Date(at.getTime() + Math.floor(i / 2)), ...(i === 4 && providerFailed) }),
    )
    await store.recordProxyRequests({ rows: records })
    const seen: string[] = []
    let after: string | null = null
    do {
      const page = await store.listProxyRequests({ provider, after, limit: 2 })
      seen.push(...page.rows.map(({ id }) => id))
      after = page.next
    } while (after !== null)
    const newestFirst = records.toSorted(
      (a, b) => b.receivedAt.getTime() - a.receivedAt.getTime() || (a.id < b.id ? 1 : -1),
    )
    expect(seen).toEqual(newestFirst.map(({ id }) => id))
    const only = await store.listProxyRequests({ provider, errorKind: 'overloaded' })
    expect(only.rows.map(({ id }) => id)).toEqual([records[4]?.id])
    const since = new Date(at.getTime() + 1)
    const part = await store.listProxyRequests({ provider, since, until: new Date(at.getTime() + 2) })
    expect(part.rows).toHaveLength(2)
  })

  test('two that record at once lose nothing and wait for each other', async () => {
    const { provider, like } = ofNew(at)
    const batches = Array.from({ length: 4 }, () => Array.from({ length: 25 }, () => like()))
    await Promise.all(batches.map((rows) => store.recordProxyRequests({ rows })))
    expect(await traffic(provider, at)).toMatchObject([{ n: 100, ttft: { n: 100, p50: 300 } }])
  })

  test('pruning takes requests from before a moment, and leaves their rollups', async () => {
    const old = new Date('2026-09-01T10:00:10Z')
    const { provider, like } = ofNew(old)
    await store.recordProxyRequests({ rows: [like(), like(), like({ receivedAt: at })] })
    const proxyBefore = new Date('2026-10-01T00:00:00Z')
    const before = { textsBefore: null, resultsBefore: null, proxyBefore, proxyTextsBefore: null }
    expect(await store.countPrunable(before)).toMatchObject({ proxyRequests: 2 })
    expect(await store.prune({ ...before, limit: 1 })).toMatchObject({ proxyRequests: 1, done: false })
    expect(await store.prune({ ...before, limit: 5 })).toMatchObject({ proxyRequests: 1, done: false })
    expect(await store.prune({ ...before, limit: 5 })).toMatchObject({ proxyRequests: 0, done: true })
    expect((await store.listProxyRequests({ provider })).rows).toHaveLength(1)
    expect(await traffic(provider, old)).toMatchObject([{ n: 2, ttft: { n: 2 } }])
    expect(await store.prune({ ...before, proxyBefore: null, limit: 5 })).toMatchObject({ proxyRequests: 0 })
  })

  test('what requests cost counts in the budget of their day if they say so, once, and not what is synthetic', async () => {
    const evening = new Date('2026-11-18T23:59:59Z')
    const { like } = ofNew(evening)
    const night = new Date('2026-11-19T00:00:01Z')
    const rows = [
      like({ costUsd: 0.5 }),
      like({ costUsd: 0.25 }),
      like({ costUsd: 1, receivedAt: night }),
      like({ costUsd: null }),
      like({ costUsd: 8, synthetic: true }),
    ]
    const spent = () => rowsOf('select day::text, usd from spending order by day')
    await store.recordProxyRequests({ rows: [like({ costUsd: 4 })] })
    expect(await spent()).toEqual([])
    await store.recordProxyRequests({ rows: rows.slice(0, 2), spends: true })
    await store.recordProxyRequests({ rows, spends: true })
    expect(await spent()).toEqual([
      { day: '2026-11-18', usd: 0.75 },
      { day: '2026-11-19', usd: 1 },
    ])
    await rowsOf('delete from firsttoken.spending_parts')
  })

  test('nothing of it is among the results, rollups and costs of probes', async () => {
    const { like } = ofNew(new Date())
    await store.recordProxyRequests({ rows: [like(), like(providerFailed)] })
    expect((await store.listResults({ after: null, limit: 10 })).rows).toEqual([])
    expect((await store.listErrors({})).rows).toEqual([])
    expect((await store.listCosts({})).rows).toEqual([])
    expect((await store.readNow({})).rows).toEqual([])
    expect(await rowsOf('select * from tracks')).toEqual([])
    expect(await rowsOf('select * from spending')).toEqual([])
  })
})
