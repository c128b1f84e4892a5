import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, expect, inject } from 'vitest'
import { openEmbedded } from '../../src/embedded/embedded.ts'
import type { Sql } from '../../src/store/connection.ts'
import { Peer } from './embedded-processes.ts'
import { later } from './later.ts'

export async function connectPg(dir: string): Promise<Client> {
  const client = new Client({ host: dir, user: 'postgres', database: 'postgres' })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

export const holderOf = (dir: string) =>
  JSON.parse(readFileSync(join(dir, 'lock'), 'utf8')) as { pid: number; nonce: string }

export const note = 'insert into notes (writer, number) values ($1, $2)'

export const countNotes =
  'select writer, count(distinct number)::int as n from notes group by writer order by writer'

export async function writeNotes(peer: Peer, writer: string): Promise<void> {
  for (let number = 0; number < 100; number += 1) {
    expect((await peer.query(note, [writer, number])).error).toBeUndefined()
  }
}

/** Has a peer write a hundred notes, one after another, whatever happens to them. */
export async function writeAnyway(
  peer: Peer,
  writer: string,
  before: (number: number) => void = () => undefined,
) {
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

export const numbersOf = async (sql: Sql, writer: string) =>
  (await sql.query('select number from notes where writer = $1', [writer])).rows.map((row) => row['number'])

/**
 * At most the one statement that was under way is lost with a connection, and its error says that it may be
 * repeated.
 */
export function expectOneLossAtMost({ codes }: { codes: (string | undefined)[] }): void {
  expect(['08006', '57P01']).toEqual(expect.arrayContaining(codes))
  expect(codes.length).toBeLessThanOrEqual(1)
}

/**
 * Directories with embedded databases, one of them open and `shared`, and other processes; all gone after the
 * tests.
 */
export function embeddedDirectories() {
  const root = mkdtempSync(join(tmpdir(), 'firsttoken-embedded-'))
  const template = join(root, 'template')
  const peers: Peer[] = []
  const opened: Sql[] = []
  const sharedDir = join(root, 'shared')
  let sharedSql: Sql
  const shared = later<Sql>(() => sharedSql)
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

  const readSession = async () =>
    (await shared.query("select current_setting('search_path') as path, current_user::text as who")).rows

  beforeAll(async () => {
    cpSync(inject('emptyTemplate'), template, { recursive: true })
    const sql = await openEmbedded({
      dir: template,
      prepare: (owner) => owner.exec('create table notes (writer text, number int, padding text)'),
    })
    await sql.close()
    cpSync(template, sharedDir, { recursive: true })
    sharedSql = await openEmbedded({ dir: sharedDir })
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

  return { root, template, sharedDir, makeDirectory, openHere, startPeer, openPeer, shared, readSession }
}
