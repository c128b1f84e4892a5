import { execFile } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Sql } from '../../src/store/connection.ts'
import { openEmbedded } from '../../src/embedded/embedded.ts'
import { takeLock } from '../../src/embedded/lock.ts'
import { Peer } from '../support/embedded-processes.ts'

const run = promisify(execFile)
const root = mkdtempSync(join(tmpdir(), 'firsttoken-embedded-'))
const template = join(root, 'template')
const peers: Peer[] = []
const opened: Sql[] = []
const patience = { timeout: 20_000 }
const sharedDir = join(root, 'shared')
let shared: Sql
let copies = 0

/** A directory with an empty, prepared database that was closed properly. */
function makeDirectory(): string {
  const dir = join(root, `copy-${(copies += 1)}`)
  cpSync(template, dir, { recursive: true })
  return dir
}

async function openHere(dir: string): Promise<Sql> {
  const sql = await openEmbedded({ dir })
  opened.push(sql)
  return sql
}

function startPeer(dir: string): Peer {
  const peer = new Peer(dir)
  peers.push(peer)
  return peer
}

async function openPeer(dir: string): Promise<Peer> {
  const peer = startPeer(dir)
  expect(await peer.opened).toEqual({ id: 0, log: expect.any(Array) as unknown })
  return peer
}

async function connectPg(dir: string): Promise<Client> {
  const client = new Client({ host: dir, user: 'postgres', database: 'postgres' })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

const readSession = async () =>
  (await shared.query("select current_setting('search_path') as path, current_user::text as who")).rows
const holderOf = (dir: string) =>
  JSON.parse(readFileSync(join(dir, 'lock'), 'utf8')) as { pid: number; nonce: string }
const note = 'insert into notes (writer, number) values ($1, $2)'
const countNotes =
  'select writer, count(distinct number)::int as n from notes group by writer order by writer'

async function writeNotes(peer: Peer, writer: string): Promise<void> {
  for (let number = 0; number < 100; number += 1) {
    expect((await peer.query(note, [writer, number])).error).toBeUndefined()
  }
}

/** Has a peer write a hundred notes, one after another, whatever happens to them. */
async function writeAnyway(peer: Peer, writer: string, before: (number: number) => void = () => undefined) {
  const acknowledged: number[] = []
  const codes: (string | undefined)[] = []
  for (let number = 0; number < 100; number += 1) {
    before(number)
    const { error } = await peer.query(note, [writer, number])
    if (error) codes.push(error.code)
    else acknowledged.push(number)
  }
  return { acknowledged, codes }
}

const numbersOf = async (sql: Sql, writer: string) =>
  (await sql.query('select number from notes where writer = $1', [writer])).rows.map((row) => row['number'])

/** At most the one statement that was under way is lost with a connection, and its error says that it may be repeated. */
function expectOneLossAtMost({ codes }: { codes: (string | undefined)[] }): void {
  expect(['08006', '57P01']).toEqual(expect.arrayContaining(codes))
  expect(codes.length).toBeLessThanOrEqual(1)
}

beforeAll(async () => {
  const sql = await openEmbedded({
    dir: template,
    prepare: (owner) => owner.exec('create table notes (writer text, number int, padding text)'),
  })
  await sql.close()
  cpSync(template, sharedDir, { recursive: true })
  shared = await openEmbedded({ dir: sharedDir })
})

afterEach(async () => {
  await shared.exec('truncate notes')
  await Promise.all([
    ...opened.splice(0).map((sql) => sql.close()),
    ...peers.splice(0).map((peer) => peer.kill()),
  ])
})

afterAll(async () => {
  await shared.close()
  rmSync(root, { recursive: true, force: true })
})

test('a new directory becomes a database that is kept, for its owner alone', async () => {
  const dir = join(root, 'a', 'new', 'one')
  const sql = await openEmbedded({
    dir,
    prepare: (owner) => owner.exec('create table kept as select 1 as n'),
  })
  expect(statSync(dir).mode & 0o777).toBe(0o700)
  expect(statSync(join(dir, '.s.PGSQL.5432')).mode & 0o777).toBe(0o600)
  await sql.close()
  expect(readdirSync(dir)).toEqual(['pgdata'])
  const again = await openHere(dir)
  expect((await again.query('select n from kept')).rows).toEqual([{ n: 1 }])
})

test('an SQL error keeps its SQLSTATE and the connection', async () => {
  await expect(shared.query('selec 1')).rejects.toMatchObject({ code: '42601' })
  await expect(shared.query('select 1/$1::int', [0])).rejects.toMatchObject({ code: '22012' })
  expect((await shared.query('select $1::int + 1 as n', [41])).rows).toEqual([{ n: 42 }])
})

test('a script is one transaction unless it says otherwise', async () => {
  await expect(shared.exec('create table half (n int); select 1/0')).rejects.toMatchObject({ code: '22012' })
  await expect(shared.query('select * from half')).rejects.toMatchObject({ code: '42P01' })
})

test('what one preparation leaves undone stops the opening, and the next opening tries again', async () => {
  const dir = makeDirectory()
  const failing = openEmbedded({ dir, prepare: (owner) => owner.exec('create table no_such.table (n int)') })
  await expect(failing).rejects.toMatchObject({ code: '3F000' })
  expect(readdirSync(dir)).toEqual(['pgdata'])
  const sql = await openHere(dir)
  expect((await sql.query('select 1 as n')).rows).toEqual([{ n: 1 }])
})

test('two processes write at once and lose nothing', async () => {
  const dir = makeDirectory()
  const [first, second] = await Promise.all([openPeer(dir), openPeer(dir)])
  await Promise.all([writeNotes(first, 'first'), writeNotes(second, 'second')])
  await Promise.all([first.close(), second.close()])
  const sql = await openHere(dir)
  expect((await sql.query(countNotes)).rows).toEqual([
    { writer: 'first', n: 100 },
    { writer: 'second', n: 100 },
  ])
})

test('of eight processes that find a stale lock, one becomes the owner and seven join it', async () => {
  const dir = makeDirectory()
  await (await openPeer(dir)).kill()
  const dead = holderOf(dir)
  const crowd = Array.from({ length: 8 }, () => startPeer(dir))
  const replies = await Promise.all(crowd.map((peer) => peer.opened))
  expect(replies.map(({ error }) => error)).toEqual(Array.from({ length: 8 }))
  const owners = crowd.filter(({ log }) => log.some((line) => line.startsWith('this process runs')))
  const joined = crowd.filter(({ log }) => log.some((line) => line.startsWith('joined')))
  expect([owners.length, joined.length]).toEqual([1, 7])
  expect(holderOf(dir)).toMatchObject({
    pid: owners[0]?.pid,
    nonce: expect.not.stringMatching(dead.nonce) as unknown,
  })
  await Promise.all(crowd.map((peer, index) => peer.query(note, [`peer ${index}`, index])))
  const { rows } = await (crowd[0] as Peer).query('select count(*)::int as n from notes')
  expect(rows).toEqual([{ n: 8 }])
})

test('when the owner ends, a process that joined goes on, and nothing acknowledged is lost', async () => {
  const dir = makeDirectory()
  const owner = await openPeer(dir)
  const joined = await openPeer(dir)
  await joined.query(note, ['joined', 0])
  await owner.close()
  expect(await owner.exited).toBe(0)
  // No statement was under way, so the loss is made good without a word.
  expect((await joined.query(note, ['joined', 1])).error).toBeUndefined()
  expect(holderOf(dir).pid).toBe(joined.pid)
  expect((await joined.query(countNotes)).rows).toEqual([{ writer: 'joined', n: 2 }])
})

test('an owner that ends amid the writes of others finishes or reports each of them', async () => {
  const dir = makeDirectory()
  const owner = await openPeer(dir)
  const writers = await Promise.all([openPeer(dir), openPeer(dir)])
  const closing = Promise.withResolvers<unknown>()
  const close = (number: number) => number === 30 && closing.resolve(owner.close())
  const outcomes = await Promise.all(
    writers.map((peer, index) => writeAnyway(peer, String(index), index === 0 ? close : undefined)),
  )
  await closing.promise
  const sql = await openHere(dir)
  for (const [index, outcome] of outcomes.entries()) {
    expectOneLossAtMost(outcome)
    expect(await numbersOf(sql, String(index))).toEqual(expect.arrayContaining(outcome.acknowledged))
  }
})

test('an owner that is killed amid writes loses nothing that was acknowledged', async () => {
  const dir = makeDirectory()
  const owner = await openPeer(dir)
  const joined = await openPeer(dir)
  const killed = Promise.withResolvers<void>()
  const kill = (number: number) => number === 50 && killed.resolve(owner.kill())
  const [own, other] = await Promise.all([writeAnyway(owner, 'owner', kill), writeAnyway(joined, 'joined')])
  await killed.promise
  expect(holderOf(dir).pid).toBe(joined.pid)
  expectOneLossAtMost(other)
  const sql = await openHere(dir)
  expect(own.acknowledged.length).toBeGreaterThanOrEqual(50)
  expect(await numbersOf(sql, 'owner')).toEqual(expect.arrayContaining(own.acknowledged))
  expect(await numbersOf(sql, 'joined')).toEqual(expect.arrayContaining(other.acknowledged))
})

test('a database whose making was killed is made again', async () => {
  const dir = join(root, 'half-made')
  const maker = startPeer(dir)
  const begun = () => existsSync(dir) && readdirSync(dir).some((name) => name.startsWith('pgdata.'))
  await expect.poll(begun, patience).toBe(true)
  await maker.kill()
  expect(readdirSync(dir)).not.toContain('pgdata')
  const sql = await openHere(dir)
  expect((await sql.query('select 1 as n')).rows).toEqual([{ n: 1 }])
  expect(readdirSync(dir).filter((name) => name.startsWith('pgdata'))).toEqual(['pgdata'])
})

test('processes end by themselves once they closed the database, the owner and the joined', async () => {
  const dir = makeDirectory()
  const owner = await openPeer(dir)
  const joined = await openPeer(dir)
  await joined.close()
  expect(await joined.exited).toBe(0)
  await owner.close()
  expect(await owner.exited).toBe(0)
  expect(readdirSync(dir)).toEqual(['pgdata'])
})

test('psql reads while a process writes', async ({ skip }) => {
  await shared.query(note, ['run', 1])
  const args = [
    '-h',
    sharedDir,
    '-U',
    'postgres',
    '-X',
    '-A',
    '-t',
    '-c',
    'select writer from notes',
    'postgres',
  ]
  const psql = await run('psql', args).catch((error: NodeJS.ErrnoException) => error)
  skip(psql instanceof Error && psql.code === 'ENOENT', 'psql is not installed')
  expect(psql).toMatchObject({ stdout: 'run\n' })
})

test('statements with large values from many clients at once never meet', async () => {
  const clients = await Promise.all(Array.from({ length: 6 }, () => connectPg(sharedDir)))
  // A value of several socket reads parts a client's Parse from its Bind, and gives others the time in between.
  const padding = 'x'.repeat(300_000)
  const work = clients.map(async (client, me) => {
    for (let turn = 0; turn < 10; turn += 1) {
      const text = `select ${me} as me, $1::int as turn, length($2::text) as length`
      expect((await client.query(text, [turn, padding])).rows).toEqual([{ me, turn, length: padding.length }])
    }
  })
  await Promise.all(work)
  expect((await shared.query('select 1 as n')).rows).toEqual([{ n: 1 }])
  await Promise.all(clients.map((client) => client.end()))
})

test('a transaction has the database to itself, and is rolled back when its client hangs up', async () => {
  const client = await connectPg(sharedDir)
  await client.query('begin')
  await client.query(note, ['unfinished', 1])
  const seen = shared.query(countNotes)
  expect((await client.query(countNotes)).rows).toEqual([{ writer: 'unfinished', n: 1 }])
  await client.end()
  expect((await seen).rows).toEqual([])
})

test('transactions of several clients add up', async () => {
  await shared.exec('create table account (balance int); insert into account values (0)')
  const clients = await Promise.all(Array.from({ length: 5 }, () => connectPg(sharedDir)))
  const work = clients.map(async (client) => {
    for (let turn = 0; turn < 10; turn += 1) {
      await client.query('begin')
      const [row] = (await client.query<{ balance: number }>('select balance from account')).rows
      await client.query('update account set balance = $1', [(row?.balance ?? NaN) + 1])
      await client.query(turn % 2 === 0 ? 'commit' : 'rollback')
    }
  })
  await Promise.all(work)
  expect((await shared.query('select balance from account')).rows).toEqual([{ balance: 25 }])
  await Promise.all(clients.map((client) => client.end()))
})

test('what a client set for its session ends with it', async () => {
  const client = await connectPg(sharedDir)
  await client.query("set search_path = 'nowhere'")
  await client.query('set role pg_read_all_data')
  await client.end()
  await expect.poll(readSession, patience).toEqual([{ path: 'public', who: 'postgres' }])
})

test('an owner that ends tells its clients so', async () => {
  const dir = makeDirectory()
  const sql = await openEmbedded({ dir })
  const client = await connectPg(dir)
  const told = new Promise((resolve) => client.once('error', resolve))
  await sql.close()
  expect(await told).toMatchObject({
    severity: 'FATAL',
    code: '57P01',
    message: expect.stringContaining('ended') as unknown,
  })
})

test('COPY FROM STDIN is refused, and the client goes on', async () => {
  const client = await connectPg(sharedDir)
  await expect(client.query('copy notes from stdin')).rejects.toMatchObject({ code: '0A000' })
  await client.query(note, ['a; copy notes from stdin', 1])
  expect((await client.query(countNotes)).rows).toEqual([{ writer: 'a; copy notes from stdin', n: 1 }])
  await client.end()
})

test('a backend that dies fails the statement that killed it, and the next finds another', async () => {
  const sql = await openHere(makeDirectory())
  await sql.query(note, ['before', 1])
  // Unlike the plain statement, this one is not recognised, and PGlite exits over it.
  await expect(sql.exec('/* */ copy notes from stdin')).rejects.toMatchObject({ code: '08006' })
  expect((await sql.query(countNotes)).rows).toEqual([{ writer: 'before', n: 1 }])
})

test('a directory whose path is too long for a socket is used all the same', async () => {
  const dir = join(root, 'long'.repeat(40))
  cpSync(template, dir, { recursive: true })
  const sql = await openHere(dir)
  const joined = await openPeer(dir)
  expect((await joined.query(note, ['far', 1])).error).toBeUndefined()
  expect((await sql.query(countNotes)).rows).toEqual([{ writer: 'far', n: 1 }])
})

test('a long query does not stop the clock of the thread that asks', async () => {
  let ticks = 0
  const timer = setInterval(() => (ticks += 1), 5)
  await shared.query('select pg_sleep(0.5)')
  clearInterval(timer)
  expect(ticks).toBeGreaterThan(20)
})

test('the owner vacuums and analyses a table that has grown, for nothing else does', async () => {
  const dir = makeDirectory()
  const first = await openEmbedded({ dir })
  await first.exec(
    "insert into notes select 'many', n from generate_series(1, 5000) n; delete from notes where number > 4000",
  )
  await first.close()
  const sql = await openHere(dir)
  const { rows } = await sql.query("select reltuples::int as n from pg_class where relname = 'notes'")
  expect(rows).toEqual([{ n: 4000 }])
})

test('a closed database says so', async () => {
  const sql = await openEmbedded({ dir: makeDirectory() })
  await sql.close()
  await expect(sql.query('select 1')).rejects.toMatchObject({ kind: 'bug' })
})

const unusable = [
  { dir: 'a file', make: (path: string) => writeFileSync(path, ''), message: 'That is a file' },
  {
    dir: 'of a thesis',
    make: (path: string) => fill(path, 'thesis.txt', ''),
    message: 'it holds thesis.txt',
  },
  {
    dir: 'of a server',
    make: (path: string) => fill(path, 'PG_VERSION', '17\n'),
    message: 'it holds PG_VERSION',
  },
  {
    dir: 'with a newer Postgres',
    make: (path: string) => fill(path, 'pgdata/PG_VERSION', '19\n'),
    message: 'created by Postgres 19',
  },
  {
    dir: 'with half a database',
    make: (path: string) => fill(path, 'pgdata/base', ''),
    message: 'PG_VERSION is missing',
  },
]

test.each(unusable)('refuses with what to do: $dir', async ({ dir, make, message }) => {
  const path = join(root, dir)
  make(path)
  await expect(openEmbedded({ dir: path })).rejects.toMatchObject({
    name: 'StoreError',
    kind: 'invalid',
    message: expect.stringContaining(message) as unknown,
  })
})

test('a directory below a file is refused with what to do', async () => {
  writeFileSync(join(root, 'plain'), '')
  await expect(openEmbedded({ dir: join(root, 'plain', 'data') })).rejects.toMatchObject({
    kind: 'invalid',
    message: expect.stringContaining('A part of that path is a file') as unknown,
  })
})

test.runIf(process.platform === 'linux')(
  'a directory that cannot be made is refused with what to do',
  async () => {
    await expect(openEmbedded({ dir: '/sys/firsttoken' })).rejects.toMatchObject({
      name: 'StoreError',
      message: expect.stringContaining('choose another directory') as unknown,
    })
  },
)

test('a database that breaks off its start leaves the directory as it was', async () => {
  const dir = makeDirectory()
  rmSync(join(dir, 'pgdata', 'global', 'pg_control'))
  await expect(openEmbedded({ dir })).rejects.toMatchObject({ name: 'StoreError', kind: 'unavailable' })
  expect(readdirSync(dir)).toEqual(['pgdata'])
})

test('a holder that is alive and does not serve is waited for, then named', async () => {
  const dir = makeDirectory()
  const lock = takeLock(dir, null)
  let now = 0
  const clock = { now: () => (now += 30_000), date: () => new Date() }
  await expect(openEmbedded({ dir, clock })).rejects.toMatchObject({
    kind: 'unavailable',
    message: expect.stringContaining(`Process ${process.pid} holds`) as unknown,
  })
  lock?.release()
})

function fill(dir: string, file: string, content: string): void {
  mkdirSync(join(dir, file, '..'), { recursive: true })
  writeFileSync(join(dir, file), content)
}
