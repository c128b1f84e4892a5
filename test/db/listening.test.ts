import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Sql } from '../../src/store/connection.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { createDatabase } from '../support/databases.ts'
import { embeddedDirectories } from '../support/embedded-directories.ts'

describe('on Postgres 17', () => {
  let sql: Sql
  beforeAll(async () => {
    sql = await openPostgres(await createDatabase('empty'))
  })
  afterAll(() => sql.close())

  const listeners = `from pg_stat_activity where datname = current_database() and query = 'listen "Events"'`
  const count = async () => (await sql.query(`select count(*)::int as n ${listeners}`)).rows[0]?.['n']

  test('a listener hears its channel, also after its connection was cut, which it is told', async () => {
    const heard: (string | null)[] = []
    const listening = await sql.listen('Events', (payload) => heard.push(payload))
    await sql.query(`select pg_notify('Events', 'one'), pg_notify('events', 'of another channel')`)
    await expect.poll(() => heard).toEqual(['one'])
    await sql.query(`select pg_terminate_backend(pid) ${listeners}`)
    await expect.poll(() => heard).toEqual(['one', null])
    await sql.query(`select pg_notify('Events', 'two')`)
    await expect.poll(() => heard).toEqual(['one', null, 'two'])
    await listening.close()
    await expect.poll(count).toBe(0)
  })
})

describe('on the embedded database', () => {
  const { makeDirectory, openHere, openPeer } = embeddedDirectories()

  test('a listener follows when another process takes the database over', async () => {
    const dir = makeDirectory()
    const owner = await openPeer(dir)
    const sql = await openHere(dir)
    const heard: (string | null)[] = []
    await sql.listen('events', (payload) => heard.push(payload))
    await owner.query(`select pg_notify('events', 'one')`)
    await expect.poll(() => heard).toEqual(['one'])
    await owner.kill()
    await expect.poll(() => heard).toEqual(['one', null])
    const other = await openPeer(dir)
    await other.query(`select pg_notify('events', 'two')`)
    await expect.poll(() => heard).toEqual(['one', null, 'two'])
  })

  test('closing the database ends its listeners, also while they look for an owner', async () => {
    const dir = makeDirectory()
    const owner = await openPeer(dir)
    const sql = await openHere(dir)
    await sql.listen('events', () => undefined)
    await owner.kill()
    await sql.close()
    const again = await openHere(dir)
    expect((await again.query('select pg_listening_channels()')).rows).toEqual([])
  })
})
