import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openEmbedded } from '../../src/embedded/embedded.ts'
import {
  countNotes,
  embeddedDirectories,
  expectOneLossAtMost,
  holderOf,
  note,
  numbersOf,
  writeAnyway,
  writeNotes,
} from '../support/embedded-directories.ts'
import type { Peer } from '../support/embedded-processes.ts'

const { root, makeDirectory, openHere, startPeer, openPeer, shared } = embeddedDirectories()

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

test('a script is one transaction unless it manages its own', async () => {
  await expect(shared.exec('create table half (n int); select 1/0')).rejects.toMatchObject({ code: '22012' })
  await expect(shared.query('select * from half')).rejects.toMatchObject({ code: '42P01' })
})

test('a failed preparation stops the opening, and the next opening retries it', async () => {
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

test('when the owner ends, a connected process continues, and nothing acknowledged is lost', async () => {
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

test('a database whose creation was killed is created again', async () => {
  const dir = join(root, 'half-made')
  const maker = startPeer(dir)
  const begun = () => existsSync(dir) && readdirSync(dir).some((name) => name.startsWith('pgdata.'))
  await expect.poll(begun).toBe(true)
  await maker.kill()
  expect(readdirSync(dir)).not.toContain('pgdata')
  const sql = await openHere(dir)
  expect((await sql.query('select 1 as n')).rows).toEqual([{ n: 1 }])
  expect(readdirSync(dir).filter((name) => name.startsWith('pgdata'))).toEqual(['pgdata'])
})

test('processes end by themselves once they have closed the database, owner or not', async () => {
  const dir = makeDirectory()
  const owner = await openPeer(dir)
  const joined = await openPeer(dir)
  await joined.close()
  expect(await joined.exited).toBe(0)
  await owner.close()
  expect(await owner.exited).toBe(0)
  expect(readdirSync(dir)).toEqual(['pgdata'])
})

test('using a closed database is an error that says so', async () => {
  const sql = await openEmbedded({ dir: makeDirectory() })
  await sql.close()
  await expect(sql.query('select 1')).rejects.toMatchObject({ kind: 'bug' })
})
