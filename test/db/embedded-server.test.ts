import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { EmbeddedServer } from '../../src/embedded/server.ts'
import { openBackend, type PgliteBackend } from '../../src/embedded/pglite-backend.ts'
import { queryMessage, startupMessage } from '../../src/embedded/postgres-protocol.ts'

const dir = mkdtempSync(join(tmpdir(), 'firsttoken-server-'))
const socketPath = join(dir, '.s.PGSQL.5432')
/** Milliseconds that a client may leave a transaction open here. */
const patience = 50
let backend: PgliteBackend
let server: EmbeddedServer

beforeAll(async () => {
  backend = await openBackend(join(dir, 'pgdata'), (error) => {
    throw error
  })
  server = new EmbeddedServer(backend, patience)
  await server.listen(socketPath)
})

afterAll(async () => {
  server.stop()
  await backend.close()
  await server.close()
  rmSync(dir, { recursive: true })
})

async function connectPg(): Promise<Client> {
  const client = new Client({ host: dir, user: 'postgres', database: 'postgres' })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

async function connectRaw(): Promise<Socket> {
  const socket = connect(socketPath)
  await new Promise((resolve) => socket.once('connect', resolve))
  return socket
}

/** What a server says until it hangs up. */
async function readAll(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('latin1')
}

test('a client that leaves its transaction open is ended when another waits, not before', async () => {
  const idle = await connectPg()
  const told = new Promise((resolve) => idle.once('error', resolve))
  await idle.query('begin')
  await idle.query('create table unfinished (n int)')
  await new Promise((resolve) => setTimeout(resolve, 3 * patience))
  await idle.query('insert into unfinished values (1)')
  const other = await connectPg()
  await expect(other.query('select * from unfinished')).rejects.toMatchObject({ code: '42P01' })
  expect(await told).toMatchObject({ severity: 'FATAL', code: '25P03' })
  await other.end()
})

test('what is not the protocol is told so and hung up on; others do not notice', async () => {
  const client = await connectPg()
  const socket = await connectRaw()
  socket.write('GET / HTTP/1.1\r\n\r\n')
  expect(await readAll(socket)).toContain('C08P01')
  expect((await client.query('select 1 as n')).rows).toEqual([{ n: 1 }])
  await client.end()
})

test('a client that hangs up amid a message leaves nothing behind', async () => {
  const client = await connectPg()
  const socket = await connectRaw()
  socket.write(startupMessage())
  socket.write(queryMessage('select 1').subarray(0, 7))
  await new Promise<void>((resolve) => socket.end(resolve))
  expect((await client.query('select $1::int as n', [1])).rows).toEqual([{ n: 1 }])
  await client.end()
})

test('a new client is greeted while another is in a transaction', async () => {
  const busy = await connectPg()
  await busy.query('begin')
  const other = await connectPg()
  await busy.query('commit')
  expect((await other.query('select 1 as n')).rows).toEqual([{ n: 1 }])
  await Promise.all([busy.end(), other.end()])
})
