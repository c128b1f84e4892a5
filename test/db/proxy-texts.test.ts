import { createServer, type Server } from 'node:http'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createHttp } from '../../src/http/http.ts'
import type { ProxyRecord } from '../../src/core/proxy-record.ts'
import type { Store } from '../../src/store/store.ts'
import { host, httpParts, tokens } from '../support/http-parts.ts'
import { delta, done, listening, stop } from '../support/loopback.ts'
import { openedTransport } from '../support/opened-transport.ts'
import { ask, heldKey, idOf, type Proxied, startProxied } from '../support/proxied.ts'
import { sampleRecord, sampleText } from '../support/proxy-records.ts'
import { transports } from '../support/transports.ts'

const at = new Date('2026-11-20T10:00:10Z')

describe.each(transports.slice(0, 2))('texts of the proxy over $name', ({ open }) => {
  const { store, rowsOf } = openedTransport(open)
  /** A request, and its texts. */
  const recorded = (changes: Partial<ProxyRecord> = {}) => {
    const record = sampleRecord({ receivedAt: at, ...changes })
    return { record, text: sampleText({ requestId: record.id, capturedAt: record.receivedAt }) }
  }

  test('they come back as they were, with a request that has them, and only once', async () => {
    const { record, text } = recorded()
    const other = recorded().record
    const batch = { rows: [record, other], texts: [text] }
    expect(await store.recordProxyRequests(batch)).toEqual({ recorded: 2, refused: [] })
    const changed = { ...text, answerText: 'something else' }
    expect(await store.recordProxyRequests({ ...batch, texts: [changed] })).toMatchObject({ recorded: 0 })
    const { captured_at: captured, ...kept } = (await store.readProxyText({ id: record.id })) ?? {}
    expect(Date.parse(String(captured))).toBe(at.getTime())
    expect(kept).toEqual({
      request_id: record.id,
      messages: [{ role: 'user', content: 'Say hello.' }],
      answer_text: 'Hello!',
      reasoning_text: 'A greeting is asked for.',
    })
    expect(await store.readProxyText({ id: other.id })).toBeNull()
  })

  test('texts that are not taken keep out their request alone, which is named', async () => {
    const [good, bad] = [recorded({ provider: 'some' }), recorded({ provider: 'some' })]
    const texts = [good.text, { ...bad.text, messages: null as never }]
    const { recorded: n, refused } = await store.recordProxyRequests({
      rows: [good.record, bad.record],
      texts,
    })
    expect([n, refused.map(({ id }) => id)]).toEqual([1, [bad.record.id]])
    expect(await store.readProxyText({ id: good.record.id })).toMatchObject({ answer_text: 'Hello!' })
    expect((await store.listProxyRequests({ provider: 'some' })).rows).toHaveLength(1)
  })

  test('characters that a database cannot hold are left out, and what is too long is cut', async () => {
    const { record, text } = recorded()
    const hostile = {
      ...text,
      messages: [{ role: null, content: 'a\0b\ud800' }],
      answerText: `\0${'模'.repeat(30_000)}`,
    }
    expect(await store.recordProxyRequests({ rows: [record], texts: [hostile] })).toMatchObject({
      refused: [],
    })
    const kept = await store.readProxyText({ id: record.id })
    expect(kept?.messages).toEqual([{ role: null, content: 'ab' }])
    expect(Buffer.byteLength(kept?.answer_text ?? '')).toBe(65_535)
  })

  test('traffic of a model says of how many requests texts are kept', async () => {
    const [one, two, three] = [recorded, recorded, recorded].map((make) => make({ provider: 'counted' }))
    if (!one || !two || !three) throw new Error('there are three')
    const early = recorded({ provider: 'counted', receivedAt: new Date('2026-11-19T10:00:00Z') })
    await store.recordProxyRequests({
      rows: [one, two, three, early].map(({ record }) => record),
      texts: [one.text, two.text, early.text],
    })
    const about = { provider: 'counted', model: one.record.modelAsked }
    const day = { since: new Date('2026-11-20T00:00:00Z'), until: new Date('2026-11-21T00:00:00Z') }
    expect(await store.compareTraffic({ ...about, ...day })).toMatchObject({ n_texts: 2, traffic: { n: 3 } })
  })

  test('pruning takes texts from before a moment and leaves their requests; a request takes its texts with it', async () => {
    await rowsOf('delete from proxy_requests')
    const days = ['2026-11-01T10:00:00Z', '2026-11-02T10:00:00Z', '2026-11-10T10:00:00Z']
    const all = days.map((day) => recorded({ receivedAt: new Date(day), provider: 'pruned' }))
    const texts = all.map(({ text }) => text)
    await store.recordProxyRequests({ rows: all.map(({ record }) => record), texts })
    const never = { textsBefore: null, resultsBefore: null, proxyBefore: null, proxyTextsBefore: null }
    const before = { ...never, proxyTextsBefore: new Date('2026-11-05T00:00:00Z') }
    expect(await store.prune({ ...never, limit: 5 })).toMatchObject({ proxyTexts: 0, done: true })
    expect(await store.countPrunable(before)).toMatchObject({ proxyTexts: 2, proxyRequests: 0 })
    expect(await store.prune({ ...before, limit: 1 })).toMatchObject({ proxyTexts: 1, done: false })
    expect(await store.prune({ ...before, limit: 5 })).toMatchObject({ proxyTexts: 1, done: false })
    expect(await store.prune({ ...before, limit: 5 })).toMatchObject({ proxyTexts: 0, done: true })
    const left = 'select request_id from proxy_texts'
    expect(await rowsOf(left)).toEqual([{ request_id: all[2]?.record.id }])
    expect((await store.listProxyRequests({ provider: 'pruned' })).rows).toHaveLength(3)
    const requests = { ...never, proxyBefore: new Date('2026-11-15T00:00:00Z') }
    expect(await store.prune({ ...requests, limit: 5 })).toMatchObject({ proxyRequests: 3 })
    expect(await rowsOf(left)).toEqual([])
  })

  test('only an admin reads them over HTTP; what is not kept is not found', async () => {
    const { record, text } = recorded()
    await store.recordProxyRequests({ rows: [record], texts: [text] })
    const openStore = () => Promise.resolve<Store>(store)
    const { hono } = createHttp({ ...httpParts({ env: tokens }), openStore })
    const read = async (id: string, token?: string) => {
      const headers = { host, ...(token !== undefined && { authorization: `Bearer ${token}` }) }
      const answer = await hono.request(`http://${host}/api/v1/proxy/requests/${id}/text`, { headers })
      return { status: answer.status, body: await answer.text() }
    }
    const [closed, reader] = [await read(record.id), await read(record.id, tokens.READ_TOKEN)]
    expect([closed.status, reader.status]).toEqual([401, 403])
    expect(closed.body + reader.body).not.toContain('Hello')
    const admin = await read(record.id, tokens.ADMIN_TOKEN)
    expect([admin.status, JSON.parse(admin.body)]).toMatchObject([200, { answer_text: 'Hello!' }])
    expect((await read(recorded().record.id, tokens.ADMIN_TOKEN)).status).toBe(404)
  })
})

/** A word that is in no schema. */
const mark = 'quokka'
const own = 'Zq7-own.key_of~the+client/0042'

describe('what passes through a proxy', () => {
  const [embedded] = transports
  if (embedded === undefined) throw new Error('there is no transport')
  const { store, rowsOf } = openedTransport(embedded.open)
  const heard: NodeJS.Dict<string | string[]>[] = []
  let upstream: Server
  let baseUrl = ''
  const open: Proxied[] = []

  beforeAll(async () => {
    upstream = createServer((request, response) => {
      heard.push(request.headers)
      const answer = async () => {
        const body = await json(request)
        const { messages, stream } = body as { messages: [{ content: string }]; stream?: boolean }
        const said = messages[0].content
        const thought = { reasoning_content: `Asked for ${said}.` }
        const answered = { content: `You said ${said}.` }
        response.setHeader('content-type', stream === true ? 'text/event-stream' : 'application/json')
        if (stream === true) response.end(delta(thought) + delta(answered) + stop + done)
        else response.end(JSON.stringify({ choices: [{ message: { ...thought, ...answered } }] }))
      }
      void answer()
    })
    baseUrl = `${await listening(upstream)}/v1`
  })
  afterAll(async () => {
    await Promise.all(open.map((proxied) => proxied.close()))
    upstream.close()
  })

  /** Asks through a new proxy, and records what it tells. */
  async function passed(
    captureShare: number | null,
    questions: readonly { said: string; headers?: object }[],
  ) {
    const proxied = await startProxied(baseUrl, captureShare === null ? {} : { captureShare })
    open.push(proxied)
    const answers = []
    for (const [index, { said, headers }] of questions.entries()) {
      const body = JSON.stringify({
        model: 'tiny',
        stream: index % 2 === 0,
        user: said,
        messages: [{ role: 'user', content: said }],
      })
      const answer = await ask(proxied.port, {
        body,
        headers: { authorization: `Bearer ${own}`, ...headers },
      })
      expect(answer.body.toString()).toContain('You said')
      await proxied.recordOf(idOf(answer))
      answers.push(answer)
    }
    const { records: rows, texts } = proxied
    expect(await store.recordProxyRequests({ rows, texts })).toEqual({ recorded: rows.length, refused: [] })
    return answers
  }

  /** The tables in which a word is. */
  async function tablesWith(word: string) {
    const tables = await rowsOf(
      "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'firsttoken')",
    )
    const found = await Promise.all(
      tables.map(async ({ name }) => {
        const rows = await rowsOf(
          `select 1 from ${String(name)} t where strpos(lower(to_jsonb(t)::text), $1) > 0 limit 1`,
          [word],
        )
        return rows.length > 0 ? [String(name)] : []
      }),
    )
    return { found: found.flat(), searched: tables.length }
  }

  test('by default no word of it is in any table, and no answer says so', async () => {
    const questions = ['', ' and more', '\n\0', '"]}'].map((end) => ({ said: mark + end }))
    const answers = [...(await passed(null, questions)), ...(await passed(0, questions))]
    const { found, searched } = await tablesWith(mark)
    expect([found, searched > 40]).toEqual([[], true])
    expect(answers.filter(({ headers }) => 'x-firsttoken-capture' in headers)).toEqual([])
  })

  test('by choice both sides of it are in one table, without keys, and the client is told', async () => {
    const said = `${mark} ${own} ${heldKey} 0`
    const answers = await passed(1, [{ said }, { said }])
    expect(answers.map(({ headers }) => headers['x-firsttoken-capture'])).toEqual(['1', '1'])
    for (const answer of answers)
      expect(await store.readProxyText({ id: idOf(answer) ?? '' })).toMatchObject({
        messages: [{ role: 'user', content: `${mark} [key] [key] 0` }],
        answer_text: `You said ${mark} [key] [key] 0.`,
        reasoning_text: `Asked for ${mark} [key] [key] 0.`,
      })
    expect((await tablesWith(mark)).found).toEqual(['public.proxy_texts'])
    expect((await tablesWith(own.toLowerCase())).found).toEqual([])
  })

  test('a client refuses it for a request, which the upstream does not hear of', async () => {
    const [refused, kept] = await passed(1, [
      { said: 'wombat', headers: { 'x-firsttoken-capture': '0' } },
      { said: 'numbat', headers: { 'x-firsttoken-capture': '1' } },
    ])
    expect([refused, kept].map((answer) => answer?.headers['x-firsttoken-capture'])).toEqual([undefined, '1'])
    expect(heard.filter((headers) => 'x-firsttoken-capture' in headers)).toEqual([])
    expect((await tablesWith('wombat')).found).toEqual([])
    expect((await tablesWith('numbat')).found).toEqual(['public.proxy_texts'])
  })

  test('a request whose upstream is away is kept too, and its answer says so', async () => {
    const proxied = await startProxied('http://127.0.0.1:9/v1', { captureShare: 1 })
    open.push(proxied)
    const answer = await ask(proxied.port, {
      body: JSON.stringify({ messages: [{ role: 'user', content: 'a' }] }),
    })
    await proxied.recordOf(idOf(answer))
    expect([answer.status, answer.headers['x-firsttoken-capture']]).toEqual([502, '1'])
    expect(proxied.texts).toMatchObject([{ messages: [{ content: 'a' }], answerText: '', reasoningText: '' }])
  })
})
