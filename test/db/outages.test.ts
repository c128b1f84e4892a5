import type { ServerResponse } from 'node:http'
import { createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { CallFunction } from '../../src/store/functions.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { withRetry } from '../../src/store/retry.ts'
import { createRpcStore } from '../../src/store/rpc.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import type { Store } from '../../src/store/store.ts'
import { createDatabase } from '../support/databases.ts'
import { type Postgrest, startPostgrest } from '../support/postgrest.ts'
import { samplePlan, sampleResult } from '../support/samples.ts'
import { databaseUrl } from '../support/setup.ts'
import { recordResult } from '../support/record-result.ts'

/** Retries without pauses. */
const patiently = (call: CallFunction) =>
  withRetry(call, { sleep: () => Promise.resolve(), random: () => 0.5 })

/** A port that accepts connections and never answers. */
async function startMute(): Promise<{ port: number; stop: () => Promise<void> }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => void sockets.add(socket.on('error', () => undefined)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const stop = async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
  return { port: typeof address === 'object' && address !== null ? address.port : 0, stop }
}

const outage = (_: unknown, response: ServerResponse) => void response.writeHead(503).end()

describe('over supabase-js', () => {
  let postgrest: Postgrest
  let store: Store
  /** Waits for no answer longer than 300 ms. */
  let hasty: Store
  /** Retries. */
  let patient: Store
  const catalog = (of = store) => of.readCatalog({ providers: ['openai'] })

  /** The next call is carried out, but its answer is lost. */
  const lose = () => postgrest.losses.push((request) => void request.socket.destroy())

  beforeAll(async () => {
    postgrest = await startPostgrest(await createDatabase('migrated'))
    const options = { url: postgrest.url, key: postgrest.key }
    store = await createRpcStore(options)
    hasty = await createRpcStore({ ...options, timeoutMs: 300 })
    patient = await createRpcStore(options, patiently)
  })
  beforeEach(() => void postgrest.requests.splice(0))
  afterAll(() => postgrest.stop())

  test('a wrong key is denied, and not repeated in the message', async () => {
    const other = await createRpcStore({ url: postgrest.url, key: 'sb_secret_wrong' })
    const denied = expect.objectContaining({
      kind: 'denied',
      message: expect.not.stringContaining('sb_secret_wrong'),
    })
    await expect(other.readCatalog({ providers: [] })).rejects.toEqual(denied)
  })

  test('the public key, which has no rights, is denied', async () => {
    const asAnon = await startPostgrest(await createDatabase('migrated'), 'anon')
    const other = await createRpcStore({ url: asAnon.url, key: asAnon.key })
    await expect(other.readCatalog({ providers: [] })).rejects.toMatchObject({
      kind: 'denied',
      code: '42501',
    })
    await asAnon.stop()
  })

  test('an empty database says how to fill it', async () => {
    const empty = await startPostgrest(await createDatabase('empty'))
    const other = await createRpcStore({ url: empty.url, key: empty.key })
    await expect(other.readCatalog({ providers: [] })).rejects.toMatchObject({
      kind: 'missing',
      code: 'PGRST202',
      message: expect.stringContaining('scripts/migrate.ts'),
    })
    await empty.stop()
  })

  test('headers without a body time out', async () => {
    postgrest.faults.push(
      (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).write('{'),
    )
    await expect(catalog(hasty)).rejects.toMatchObject({ kind: 'timeout' })
  })

  test('silence times out', async () => {
    postgrest.faults.push(() => undefined)
    await expect(catalog(hasty)).rejects.toMatchObject({ kind: 'timeout' })
  })

  test('a cut connection is an outage', async () => {
    postgrest.faults.push((request) => void request.socket.destroy())
    await expect(catalog()).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('read_catalog'),
    })
  })

  test('a page of HTML from a gateway is an outage, quoted in part', async () => {
    const page = `<html>${'busy '.repeat(1000)}</html>`
    postgrest.faults.push(
      (_, response) => void response.writeHead(502, { 'content-type': 'text/html' }).end(page),
    )
    const reported = await catalog().catch((error: unknown) => error)
    expect(reported).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('HTTP 502: <html>busy'),
    })
    expect(String(reported).length).toBeLessThan(400)
  })

  test('an answer of null, or of another shape, is not accepted', async () => {
    for (const body of ['null', '{"targets": []}', '[]']) {
      postgrest.faults.push(
        (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(body),
      )
      await expect(catalog()).rejects.toMatchObject({
        kind: 'bug',
        message: expect.stringContaining('read_catalog'),
      })
    }
  })

  test('an address that nothing listens on is an outage', async () => {
    const other = await createRpcStore({ url: 'http://127.0.0.1:9', key: 'k' })
    await expect(other.readCatalog({ providers: [] })).rejects.toMatchObject({ kind: 'unavailable' })
  })

  test('a short outage is survived, a lasting one is reported after three attempts', async () => {
    postgrest.faults.push(outage, outage)
    await expect(patient.readCatalog({ providers: [] })).resolves.toEqual({
      targets: [],
      paused: [],
      models: [],
      pace: [],
      regions: [],
      lanes: [],
    })
    expect(postgrest.requests).toHaveLength(3)
    postgrest.faults.push(outage, outage, outage)
    await expect(patient.readCatalog({ providers: [] })).rejects.toMatchObject({
      kind: 'unavailable',
      message: 'read_catalog: HTTP 503.',
    })
    expect(postgrest.requests).toHaveLength(6)
  })

  test('a run whose every first answer is lost is the same run', async () => {
    const plan = samplePlan(['first', 'second'])
    const { id: runId } = plan
    lose()
    expect(await patient.startRun(plan, 'local')).toMatchObject({ created: true, run: { id: runId } })
    for (const planned of plan.probes) {
      lose()
      const assignment = await patient.claimProbe({ runId, owner: 'me', leaseMs: 60_000, region: 'local' })
      expect(assignment).toMatchObject({ claims: 1, probe: planned })
      lose()
      await recordResult(patient, sampleResult(plan, planned))
    }
    lose()
    expect(await patient.finishRun({ runId, status: 'finished' })).toMatchObject({
      nProbes: 2,
      nSucceeded: 2,
      nFailed: 0,
    })
    lose()
    expect((await patient.listResults({ runId, after: null, limit: 10 })).rows).toHaveLength(2)
  })
})

describe('over a Postgres connection', () => {
  const limits = { connect: 10_000, query: 500, script: 10_000 }
  let url: string
  beforeAll(async () => {
    url = await createDatabase('migrated')
  })

  test.each(['', 'localhost:5432', 'https://example.org', 'postgres://us er:p#ss/word@h:bad/db'])(
    '%j is not the URL of a Postgres',
    async (wrong) => {
      const refused = await openPostgres(wrong).catch((error: unknown) => error)
      expect(refused).toMatchObject({
        name: 'StoreError',
        kind: 'invalid',
        message: expect.stringContaining('DATABASE_URL'),
      })
      expect(String(refused)).not.toContain('#ss')
    },
  )

  test('a port that nothing listens on is an outage', async () => {
    const refused = await openPostgres('postgres://me:hunter2@127.0.0.1:9/x').catch((error: unknown) => error)
    expect(refused).toMatchObject({ kind: 'unavailable', code: 'ECONNREFUSED' })
    expect(String(refused)).not.toContain('hunter2')
  })

  test('a server that never answers times out', async () => {
    const mute = await startMute()
    await expect(
      openPostgres(`postgres://me@127.0.0.1:${mute.port}/x`, { ...limits, connect: 300 }),
    ).rejects.toMatchObject({
      kind: 'timeout',
    })
    await mute.stop()
  })

  test('a database that does not exist is named as missing', async () => {
    await expect(openPostgres(databaseUrl(url, 'no_such_database'))).rejects.toMatchObject({
      kind: 'missing',
      code: '3D000',
      message: expect.stringMatching(/^(?!.*migrate).*no_such_database/),
    })
  })

  test('a server without TLS is refused if the URL asks for it', async () => {
    await expect(openPostgres(`${url}?sslmode=require`)).rejects.toMatchObject({
      name: 'StoreError',
      message: expect.stringContaining('SSL'),
    })
    await (await openPostgres(`${url}?sslmode=disable`)).close()
  })

  test('a statement that takes too long is aborted, and the next one works', async () => {
    const sql = await openPostgres(url, limits)
    await expect(sql.query('select pg_sleep(30)')).rejects.toMatchObject({ kind: 'timeout' })
    await expect(sql.exec('select 1')).resolves.toBeUndefined()
    await sql.close()
  })

  test('connections that the server ends are replaced', async () => {
    const sql = await openPostgres(url)
    const other = await openPostgres(url)
    const store = createSqlStore(sql, patiently)
    const plan = samplePlan(['m'])
    await store.startRun(plan, 'local')
    await other.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    )
    expect(await store.listResults({ runId: plan.id, after: null, limit: 1 })).toMatchObject({
      rows: [],
      next: null,
    })
    await Promise.all([store.close(), other.close()])
  })
})
