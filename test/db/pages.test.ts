import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import type { RowPage } from '../../src/core/row-page.ts'
import type { Sql } from '../../src/store/connection.ts'
import { openEmbedded } from '../../src/embedded/embedded.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { createDatabase } from '../support/databases.ts'

const dir = mkdtempSync(join(tmpdir(), 'firsttoken-pages-'))
beforeAll(() => cpSync(inject('emptyTemplate'), dir, { recursive: true }))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const engines = [
  { name: 'the embedded database', open: () => openEmbedded({ dir }) },
  { name: 'Postgres 17', open: async () => openPostgres(await createDatabase('empty')) },
]

describe.each(engines)('reading in pages from $name', ({ open }) => {
  let sql: Sql
  beforeAll(async () => {
    sql = await open()
    await sql.exec('create table notes (number int)')
  })
  afterEach(() => sql.exec('truncate notes'))
  afterAll(() => sql.close())

  const all = async (text: string, size = 2): Promise<RowPage[]> => {
    const pages: RowPage[] = []
    for await (const page of sql.pages(text, size)) pages.push(page)
    return pages
  }
  const notes = async () =>
    (await sql.query('select number from notes order by number')).rows.map((row) => row['number'])
  /** Nothing holds what another statement would wait for. */
  const expectNothingOpen = async () => {
    await sql.exec('begin; lock table notes in access exclusive mode; commit')
    expect(await notes()).toEqual([])
  }

  test.each([
    [0, [0]],
    [1, [1]],
    [2, [2]],
    [3, [2, 1]],
    [5, [2, 2, 1]],
  ])('%i rows come as they are', async (count, sizes) => {
    const pages = await all(
      `-- a comment; with a semicolon\nselect n, n as n from generate_series(1, ${count}) n; -- the end`,
    )
    expect(pages.map(({ rows }) => rows.length)).toEqual(sizes)
    expect(pages[0]?.columns).toEqual(['n', 'n'])
    expect(pages.flatMap(({ rows }) => rows)).toEqual(
      Array.from({ length: count }, (_, index) => [index + 1, index + 1]),
    )
  })

  test('values, tables and what is no query at all', async () => {
    expect(await all('values (1), (2), (3)')).toHaveLength(2)
    expect(await all('table notes')).toEqual([{ columns: ['number'], rows: [] }])
    expect(await all('show server_encoding')).toEqual([{ columns: ['server_encoding'], rows: [['UTF8']] }])
    expect(await all('explain table notes')).toMatchObject([{ columns: ['QUERY PLAN'] }])
    expect(await all('create table made ()')).toEqual([{ columns: [], rows: [] }])
    expect(await all('drop table made')).toEqual([{ columns: [], rows: [] }])
    expect(await all('vacuum notes')).toEqual([{ columns: [], rows: [] }])
    expect(await all('select')).toEqual([{ columns: [], rows: [[]] }])
  })

  test('what writes writes all of it, once', async () => {
    await all('insert into notes select generate_series(1, 5)')
    expect(
      await all('with more as (insert into notes values (6), (7), (8) returning number) select * from more'),
    ).toEqual([{ columns: ['number'], rows: [[6], [7], [8]] }])
    await sql.exec(
      `create or replace function note(n int) returns int language sql as 'insert into notes values (n) returning number'`,
    )
    expect(await all('select note(9 + n) from generate_series(0, 2) n')).toEqual([
      { columns: ['note'], rows: [[9], [10], [11]] },
    ])
    await all('select * from notes for update')
    expect(await notes()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
  })

  test('of several statements none is carried out', async () => {
    for (const text of [
      'select 1; insert into notes values (1)',
      'insert into notes values (1); insert into notes values (2)',
      'select 1; commit; select 2',
    ])
      await expect(all(text)).rejects.toMatchObject({
        code: '42601',
        message: expect.stringContaining('multiple commands'),
      })
    expect(await notes()).toEqual([])
  })

  test('who stops early leaves nothing open', async () => {
    for await (const { rows } of sql.pages(
      'select * from generate_series(1, 1000000), notes right join (select 1) one on true',
      2,
    )) {
      expect(rows).not.toEqual([])
      break
    }
    for await (const _ of sql.pages('select n from generate_series(1, 1000) n', 2)) break
    await expectNothingOpen()
  })

  test('a statement that fails, at once or on the way, leaves nothing open', async () => {
    await expect(all('select nope')).rejects.toMatchObject({ code: '42703' })
    await expect(all('selec 1')).rejects.toMatchObject({ code: '42601' })
    await expect(all('select 1 / n from generate_series(0, 5) n')).rejects.toMatchObject({ code: '22012' })
    const seen: unknown[] = []
    const read = async () => {
      for await (const { rows } of sql.pages('select 6 / (5 - n) from generate_series(1, 9) n', 2))
        seen.push(...rows)
    }
    await expect(read()).rejects.toMatchObject({ code: '22012' })
    expect(seen).toEqual([[1], [2], [3], [6]])
    await expectNothingOpen()
  })

  test('many at once each read their own', async () => {
    const counts = await Promise.all(
      [3, 4, 5, 6, 7, 8].map((count) => all(`select generate_series(1, ${count})`)),
    )
    expect(counts.map((pages) => pages.flatMap(({ rows }) => rows).length)).toEqual([3, 4, 5, 6, 7, 8])
  })

  test('what JavaScript has no type for comes as Postgres writes it, moments as moments', async () => {
    const [page] =
      await all(`select date '2026-11-26', timestamp '2026-11-26 10:00', interval '90 minutes', '\\xdead'::bytea,
      timestamptz '2026-11-26 10:00+00', 1.50::numeric, count(*), '{"a": [1]}'::jsonb, array['x'], 0.5::float8, true, null`)
    expect(page?.rows[0]).toEqual([
      '2026-11-26',
      '2026-11-26 10:00:00',
      '01:30:00',
      '\\xdead',
      new Date('2026-11-26T10:00:00Z'),
      '1.50',
      '1',
      { a: [1] },
      ['x'],
      0.5,
      true,
      null,
    ])
  })
})

test('a database that ends the connection ends the reading', async () => {
  const sql = await openPostgres(await createDatabase('empty'))
  try {
    const read = async () => {
      for await (const { rows } of sql.pages('select pg_backend_pid(), generate_series(1, 9)', 2))
        await sql.query('select pg_terminate_backend($1)', [rows[0]?.[0]])
    }
    await expect(read()).rejects.toMatchObject({ name: 'StoreError', kind: 'unavailable' })
    expect((await sql.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  } finally {
    await sql.close()
  }
})
