import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { proxyTokens } from '../../src/cli/proxy-tokens.ts'
import { createHttp } from '../../src/http/http.ts'
import { openProxyAccess, type ProxyAccess } from '../../src/proxy/access.ts'
import { testApp } from '../support/app.ts'
import { host, httpParts, tokens } from '../support/http-parts.ts'
import type { Store } from '../../src/store/store.ts'
import { openedTransport } from '../support/opened-transport.ts'
import { execute } from '../support/output.ts'
import { transports } from '../support/transports.ts'
import { admitTo } from '../support/proxy-access.ts'

// A token from its making to its end, on a real database: over HTTP, in a terminal, at the proxy.

const [embedded] = transports
if (embedded === undefined) throw new Error('there is no transport')
const provider = { baseUrl: 'https://api.example/v1', key: 'sk-ours-0123456789' }

interface Row {
  id: string
  name: string
  token?: string
}

describe('a proxy token', () => {
  const { store, rowsOf } = openedTransport(embedded.open)
  // A command closes its store at its end: all of them have the same one here.
  const kept = new Proxy(store, {
    get: (_, name) => (name === 'close' ? () => Promise.resolve() : Reflect.get(store, name)),
  })
  const said: string[] = []
  const log = pino({ level: 'trace' }, { write: (line) => void said.push(line) })
  let now = 0
  let access: ProxyAccess
  beforeAll(() => {
    access = openProxyAccess({
      clock: { now: () => now },
      date: () => new Date(),
      uuid: randomUUID,
      isExposed: true,
      openStore,
    })
  })
  afterAll(() => access.close())
  beforeEach(() => rowsOf('delete from proxy_tokens'))

  const openStore = () => Promise.resolve<Store>(store)
  const api = () => createHttp({ ...httpParts({ env: tokens, app: { log } }), openStore })
  const ask = async (method: string, path: string, body?: unknown) => {
    const answer = await api().hono.request(`http://${host}/api/v1/proxy/tokens${path}`, {
      method,
      headers: {
        host,
        authorization: `Bearer ${tokens.ADMIN_TOKEN}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return { status: answer.status, text, json: (text === '' ? null : JSON.parse(text)) as Row }
  }
  const make = async (body: object) => {
    const { json } = await ask('POST', '', body)
    return { id: json.id, token: json.token ?? '' }
  }
  const run = (...argv: string[]) => execute(proxyTokens, argv, { openApp: () => testApp({}, kept, { log }) })
  const admit = async (token: string) => {
    // Nothing that was answered before holds any longer.
    now += 4000
    return admitTo(access, { headers: { authorization: `Bearer ${token}` } }, { provider })
  }
  const codeOf = async (token: string) => {
    const answer = await admit(token)
    return 'status' in answer ? answer.code : 'admitted'
  }
  const listed = async () => (await store.listProxyTokens()).rows

  test('is made over HTTP, opens the proxy, and is revoked', async () => {
    const { status, json } = await ask('POST', '', { name: ' billing ', requests_per_day: 2 })
    expect(status).toBe(201)
    expect(json).toMatchObject({ name: 'billing', requests_per_day: 2, usd_per_day: null })
    const { id, token = '' } = json
    expect(token).toMatch(/^ftp_[\w-]{43}$/)
    expect(json).toHaveProperty('hint', token.slice(-4))
    const admitted = await admit(token)
    expect(admitted).toMatchObject({ authorization: 'Bearer sk-ours-0123456789', mode: 'held' })
    expect('client' in admitted && admitted.client()).toBe('token billing')
    expect(await codeOf(token)).toBe('admitted')
    expect(await codeOf(token)).toBe('requests_per_day')
    expect(await listed()).toMatchObject([{ requests_today: 2 }])
    expect((await ask('DELETE', `/${id}`)).status).toBe(204)
    expect(await codeOf(token)).toBe('token_revoked')
    expect((await ask('DELETE', `/${randomUUID()}`)).status).toBe(404)
  })

  test('has a name of its own, and limits that can be kept', async () => {
    const first = await make({ name: 'billing' })
    const taken = await ask('POST', '', { name: 'billing' })
    expect([taken.status, taken.text]).toEqual([409, expect.stringContaining('has the name billing')])
    await ask('DELETE', `/${first.id}`)
    expect((await ask('POST', '', { name: 'billing' })).status).toBe(201)
    for (const body of [
      {},
      { name: ' ' },
      { name: 'n'.repeat(65) },
      { name: 'x', requests_per_day: 0 },
      { name: 'x', requests_per_day: 1.5 },
      { name: 'x', usd_per_day: -1 },
      { name: 'x', usd_per_day: '1' },
      { name: 'x', token: 'ftp_of-my-own' },
    ])
      expect((await ask('POST', '', body)).status, JSON.stringify(body)).toBe(400)
    expect(await listed()).toHaveLength(2)
  })

  test('is made in a terminal, alone on stdout, and revoked by its name', async () => {
    const made = await run('create', 'night batch', '--usd-per-day', '0.5')
    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ftp_[\w-]{43}\n$/) })
    expect(made.stderr).toContain('the token of night batch')
    const token = made.stdout.trim()
    const answer = await admit(token)
    if ('charge' in answer) answer.charge(0.75)
    await expect.poll(() => listed()).toMatchObject([{ usd_today: 0.75 }])
    expect(await codeOf(token)).toBe('usd_per_day')
    const { stdout } = await run()
    expect(stdout).toMatch(
      new RegExp(`^night batch +${token.slice(-4)} +1 +\\$0\\.75 of \\$0\\.50 .* in force$`, 'm'),
    )
    expect((await run('create', 'night batch')).code).toBe(2)
    expect((await run('revoke', 'day batch')).stderr).toContain('no token in force has the name day batch')
    expect(await run('revoke', 'night batch')).toMatchObject({ code: 0, stderr: '' })
    expect((await run('list')).stdout).toMatch(/^night batch .* revoked \d{4}-/m)
    expect((await run('revoke', 'night batch')).code).toBe(2)
    const json = await run('create', 'night batch', '--json')
    expect(await codeOf((JSON.parse(json.stdout) as { token: Row }).token.token ?? '')).toBe('admitted')
  })

  test('has other limits by HTTP, of which those that are left out stay', async () => {
    const { id, token } = await make({ name: 'billing', requests_per_day: 1, usd_per_day: 3 })
    expect([await codeOf(token), await codeOf(token)]).toEqual(['admitted', 'requests_per_day'])
    const more = await ask('PATCH', `/${id}`, { requests_per_day: 2 })
    expect([more.status, more.json]).toMatchObject([
      200,
      { name: 'billing', requests_per_day: 2, usd_per_day: 3, requests_today: 1 },
    ])
    expect([await codeOf(token), await codeOf(token)]).toEqual(['admitted', 'requests_per_day'])
    const none = await ask('PATCH', `/${id}`, { requests_per_day: null })
    expect(none.json).toMatchObject({ requests_per_day: null, usd_per_day: 3 })
    expect(await codeOf(token)).toBe('admitted')
    for (const body of [{}, { requests_per_day: 0 }, { usd_per_day: '1' }, { name: 'other' }])
      expect((await ask('PATCH', `/${id}`, body)).status, JSON.stringify(body)).toBe(400)
    await ask('DELETE', `/${id}`)
    for (const gone of [id, randomUUID()])
      expect((await ask('PATCH', `/${gone}`, { usd_per_day: 1 })).status).toBe(404)
  })

  test('has other limits in a terminal', async () => {
    await run('create', 'night batch', '--usd-per-day', '0.5', '--requests-per-day', 'none')
    const saidOf = async (...argv: string[]) => (await run('limit', 'night batch', ...argv)).stdout
    expect(await saidOf('--requests-per-day', '5')).toBe(
      'the token of night batch is for 5 requests and $0.50 a day\n',
    )
    expect(await saidOf('--requests-per-day', 'none', '--usd-per-day', 'none')).toBe(
      'the token of night batch is for any number of requests and any cost a day\n',
    )
    const json = await run('limit', 'night batch', '--usd-per-day', '2', '--json')
    expect(JSON.parse(json.stdout)).toMatchObject({ token: { requests_per_day: null, usd_per_day: 2 } })
    for (const [argv, why] of [
      [['limit', 'night batch'], 'limit needs --requests-per-day or --usd-per-day'],
      [['limit', '--usd-per-day', '1'], 'limit needs a name'],
      [['limit', 'day batch', '--usd-per-day', '1'], 'no token in force has the name day batch'],
      [['limit', 'night batch', '--requests-per-day', '0'], 'must be from 1 to 1000000000, or none'],
      [['revoke', 'night batch', '--usd-per-day', 'none'], '--usd-per-day is not for revoke'],
    ] as const)
      expect(await run(...argv)).toMatchObject({ code: 2, stderr: expect.stringContaining(why) })
  })

  test('is in no other answer, no log and no row', async () => {
    const made = [await make({ name: 'one', requests_per_day: 1 }), await make({ name: 'two' })]
    const texts: string[] = []
    for (const { token } of [...made, ...made, { token: `ftp_${'x'.repeat(43)}` }]) {
      const answer = await admit(token)
      if ('charge' in answer) answer.charge(0.01)
      texts.push(JSON.stringify(answer))
      const refused = await ask('POST', '', { name: token })
      expect(refused.status).toBe(400)
      texts.push(refused.text)
      for (const command of ['create', 'revoke']) {
        const ended = await run(command, token)
        expect(ended.code).toBe(2)
        texts.push(ended.stdout, ended.stderr)
      }
    }
    texts.push((await ask('GET', '')).text, (await run('list', '--json')).stdout, (await run()).stdout)
    for (const table of ['proxy_tokens', 'proxy_token_days'])
      texts.push(JSON.stringify(await rowsOf(`select t::text from ${table} t`)))
    const all = [...texts, ...said].join('\n')
    expect(all).toContain('"name":"one"')
    for (const { token } of made) expect(all.includes(token.slice(4, 40))).toBe(false)
  })
})
