import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPostgres } from '../../src/store/postgres.ts'
import { StoreError } from '../../src/store/store.ts'
import { makeFolder, removeFolder } from '../support/command.ts'
import { listening } from '../support/loopback.ts'
import { startPostgres, type TestPostgres } from '../support/postgres.ts'

// A server without TLS, and one that takes nothing else but on its socket. Its certificate is for localhost.
let plain: TestPostgres
let secure: TestPostgres
let folder: string

const tls = (name: string) => readFileSync(join('test/support/tls', name), 'utf8')
const authority = 'test/support/tls/ca.pem'
beforeAll(async () => {
  folder = makeFolder()
  writeFileSync(join(folder, 'not-a-certificate'), 'hello')
  plain = await startPostgres()
  secure = await startPostgres({
    settings: ['ssl=on', 'ssl_cert_file=../server.pem', 'ssl_key_file=../server.key', 'hba_file=hba.conf'],
    files: {
      'server.pem': tls('server.pem'),
      'server.key': tls('server.key'),
      'hba.conf': 'hostssl all all 127.0.0.1/32 trust\nlocal all all trust\n',
    },
  })
})
afterAll(async () => {
  await plain.stop()
  await secure.stop()
  removeFolder(folder)
})

/** Whether the connection that a URL makes is encrypted; or why it makes none. */
async function opened(url: string): Promise<boolean | StoreError> {
  try {
    const sql = await openPostgres(url)
    try {
      const { rows } = await sql.query('select ssl from pg_stat_ssl where pid = pg_backend_pid()')
      return rows[0]?.['ssl'] === true
    } finally {
      await sql.close()
    }
  } catch (error) {
    if (error instanceof StoreError) return error
    throw error
  }
}

const invalid = (message: string) =>
  expect.objectContaining({ kind: 'invalid', message: expect.stringContaining(message) as string }) as unknown

test.each(['', '?sslmode=disable', '?sslmode=allow', '?sslmode=prefer', '?ssl=false'])(
  'a server without TLS is connected to with %j, as psql does',
  async (query) => {
    expect(await opened(plain.url + query)).toBe(false)
  },
)

test.each([
  ['sslmode=require', 'offers no TLS (SSL): set sslmode=prefer'],
  ['ssl=true', 'offers no TLS'],
  [`sslmode=verify-full&sslrootcert=${authority}`, 'offers no TLS'],
  ['sslmode=verify-ca', 'sslmode=verify-ca needs sslrootcert'],
  [
    'sslmode=verify-full&sslrootcert=/nope/ca.pem',
    'sslrootcert names /nope/ca.pem, which cannot be read (ENOENT)',
  ],
  ['sslmode=prefer&sslcert=/nope/me.pem', 'sslcert names /nope/me.pem'],
  ['sslmode=on', 'sslmode is none of disable, allow'],
])('a server without TLS cannot be meant by %s', async (query, message) => {
  expect(await opened(`${plain.url}?${query}`)).toEqual(invalid(message))
})

test.each([
  '',
  '?sslmode=allow',
  '?sslmode=prefer',
  '?sslmode=require',
  '?sslmode=no-verify',
  '?ssl=true',
  `?sslmode=require&sslrootcert=${authority}`,
  `?sslmode=verify-ca&sslrootcert=${authority}`,
])('a server that wants TLS is given it with %j', async (query) => {
  expect(await opened(secure.url + query)).toBe(true)
})

test('verify-full takes the name that the certificate is for, and no other', async () => {
  const query = `?sslmode=verify-full&sslrootcert=${authority}`
  expect(await opened(`${secure.url.replace('127.0.0.1', 'localhost')}${query}`)).toBe(true)
  expect(await opened(secure.url + query)).toEqual(invalid('is for another host'))
})

test.each([
  ['sslmode=disable', 'set sslmode=require'],
  ['sslmode=verify-full', 'could not be verified'],
  ['sslmode=verify-full&sslrootcert=system', 'could not be verified'],
  ['sslmode=verify-ca&sslrootcert=NOT', 'without a certificate in PEM'],
  ['sslmode=require&sslkey=NOT', 'is no certificate or key in PEM'],
])('a server that wants TLS is told apart from one that is away with %s', async (query, message) => {
  const named = query.replace('NOT', join(folder, 'not-a-certificate'))
  expect(await opened(`${secure.url.replace('127.0.0.1', 'localhost')}?${named}`)).toEqual(invalid(message))
})

test('a socket needs no host, and has no TLS', async () => {
  const { socket, port } = secure
  for (const start of ['postgres://postgres@/postgres', 'postgres:///postgres'])
    expect(await opened(`${start}?host=${socket}&port=${port}&user=postgres&sslmode=require`)).toBe(false)
  const encoded = encodeURIComponent(socket)
  expect(await opened(`postgres://postgres@${encoded}:${port}/postgres`)).toBe(false)
})

test('something that is no Postgres is a wrong setting', async () => {
  const server = createServer((socket) =>
    socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
  )
  const url = (await listening(server)).replace('http:', 'postgres:')
  expect(await opened(`${url}/db?sslmode=require`)).toEqual(invalid('no Postgres'))
  server.close()
})

test('a server that is away is unreachable, whatever the TLS', async () => {
  for (const query of ['', '?sslmode=require', '?sslmode=allow'])
    expect(await opened(`postgres://u@127.0.0.1:9/db${query}`)).toMatchObject({ kind: 'unavailable' })
})
