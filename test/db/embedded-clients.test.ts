import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { openEmbedded } from '../../src/embedded/embedded.ts'
import { connectPg, countNotes, embeddedDirectories, note } from '../support/embedded-directories.ts'

const { makeDirectory, openHere, shared, sharedDir, readSession } = embeddedDirectories()
const run = promisify(execFile)
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
  // A value of several socket reads parts a client's Parse from its Bind, and gives others the time in
  // between.
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

test('the session settings of a client end with it', async () => {
  const client = await connectPg(sharedDir)
  await client.query("set search_path = 'nowhere'")
  await client.query('set role pg_read_all_data')
  await client.end()
  await expect.poll(readSession).toEqual([{ path: 'public', who: 'postgres' }])
})

test('an owner that ends notifies its clients', async () => {
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

test('COPY FROM STDIN is refused, and the client continues', async () => {
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

test('a long query does not stop the clock of the thread that asks', async () => {
  let ticks = 0
  const timer = setInterval(() => (ticks += 1), 5)
  await shared.query('select pg_sleep(0.5)')
  clearInterval(timer)
  // Were it stopped, it would tick once.
  expect(ticks).toBeGreaterThan(5)
})

test('the owner vacuums and analyzes a table that has grown, because nothing else does', async () => {
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
