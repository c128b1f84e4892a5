import type { Client } from 'pg'
import { expect, test } from 'vitest'
import { connectPg, embeddedDirectories } from '../support/embedded-directories.ts'

const { makeDirectory, openHere, openPeer, sharedDir, shared } = embeddedDirectories()

/** A client of the shared database, and what it is notified of. */
async function listener(...statements: string[]): Promise<{ client: Client; heard: string[] }> {
  const client = await connectPg(sharedDir)
  const heard: string[] = []
  client.on('notification', ({ channel, payload }) => heard.push(`${channel}: ${payload ?? ''}`))
  for (const statement of statements) await client.query(statement)
  return { client, heard }
}

/** Notifies, and waits until a listener of its own has heard of it: what others are to hear is sent by then. */
async function notify(...names: string[]): Promise<void> {
  const { client, heard } = await listener('listen last')
  for (const [index, name] of names.entries())
    await shared.query(`select pg_notify($1, $2)`, [name, String(index)])
  await shared.query('notify last')
  await expect.poll(() => heard).toEqual(['last: '])
  await client.end()
}

test('a client hears at once, while it is idle, what another process notifies', async () => {
  const dir = makeDirectory()
  const sql = await openHere(dir)
  const client = await connectPg(dir)
  const heard = new Promise((resolve) => client.once('notification', resolve))
  await client.query('listen events')
  const peer = await openPeer(dir)
  await peer.query(`select pg_notify('events', 'hello')`)
  expect(await heard).toMatchObject({ channel: 'events', payload: 'hello' })
  await Promise.all([client.end(), peer.close(), sql.close()])
})

test('notifications go to those that listen to their channel, and to nobody else', async () => {
  const both = await listener('listen a', 'listen b')
  const one = await listener('LISTEN A')
  const none = await listener()
  const left = await listener('listen a', 'unlisten a')
  const all = await listener('listen a; listen "B c"', 'unlisten *')
  await notify('a', 'b', 'B c')
  expect(both.heard).toEqual(['a: 0', 'b: 1'])
  expect(one.heard).toEqual(['a: 0'])
  for (const { heard } of [none, left, all]) expect(heard).toEqual([])
  await Promise.all([both, one, none, left, all].map(({ client }) => client.end()))
})

test.each([
  ['a simple statement', ['listen a'], ['a: 0']],
  ['a comment before it', ['/* who? */ -- here\n listen a'], ['a: 0']],
  ['the second statement of a text', ['select 1; listen a'], ['a: 0']],
  ['a quoted name', ['listen "B ""c"'], ['B "c: 1']],
  ['another letter case', ['LiSTeN A'], ['a: 0']],
  ['a transaction', ['begin', 'listen a', 'commit'], ['a: 0']],
  ['a transaction that is rolled back', ['begin', 'listen a', 'rollback'], []],
  ['a text that fails', ['listen a; select 1 / 0'], []],
  ['a string', [`select 'x; listen a'`], []],
  ['a transaction that stops', ['listen a', 'begin; unlisten a', 'commit'], []],
  ['a transaction that would stop', ['listen a', 'begin; unlisten a', 'rollback'], ['a: 0']],
  ['discarding all', ['listen a', 'discard all'], []],
])('listening by %s', async (_, statements, expected) => {
  const other = await listener('listen a')
  const { client, heard } = await listener()
  for (const statement of statements) await client.query(statement).catch(() => undefined)
  await notify('a', 'B "c')
  expect(heard).toEqual(expected)
  expect(other.heard).toEqual(['a: 0'])
  await Promise.all([client.end(), other.client.end()])
})

test('listening by a prepared statement', async () => {
  const { client, heard } = await listener()
  await client.query({ name: 'listening', text: 'listen a' })
  await notify('a')
  expect(heard).toEqual(['a: 0'])
  await client.end()
})

test('what a client listened to is forgotten when it leaves', async () => {
  const { client } = await listener('listen a')
  const stays = await listener('listen b')
  const channels = async () =>
    (await shared.query('select pg_listening_channels() as name order by 1')).rows.map(({ name }) => name)
  expect(await channels()).toEqual(['a', 'b'])
  await client.end()
  await expect.poll(channels).toEqual(['b'])
  await stays.client.end()
  await expect.poll(channels).toEqual([])
})

test('a client that leaves while another is in a transaction is forgotten after it', async () => {
  const { client } = await listener('listen a')
  const busy = await connectPg(sharedDir)
  await busy.query('begin')
  await client.end()
  await busy.query('commit')
  await expect.poll(async () => (await shared.query('select pg_listening_channels()')).rows).toEqual([])
  await busy.end()
})

test('nothing is told of a transaction that is rolled back, and a committed one once', async () => {
  const { client, heard } = await listener('listen a')
  const writer = await connectPg(sharedDir)
  for (const end of ['rollback', 'commit']) {
    await writer.query('begin')
    for (const _ of [1, 2]) await writer.query(`select pg_notify('a', $1)`, [end])
    await writer.query(end)
  }
  await notify('b')
  expect(heard).toEqual(['a: commit'])
  await Promise.all([client.end(), writer.end()])
})
