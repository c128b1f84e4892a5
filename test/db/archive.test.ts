import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { archive, archiveFolder, filesIn, recordPair, rowsOf, storedRows } from '../support/archive.ts'
import { type OpenTransport, transport, transports } from '../support/transports.ts'

const dirs: string[] = []
const newFolder = () => {
  const dir = archiveFolder()
  dirs.push(dir)
  return dir
}
afterAll(() => {
  for (const dir of dirs) rmSync(join(dir, '..'), { recursive: true, force: true })
})

const days = { '2025-03-01': ['fra', 'iad'], '2025-03-03': ['fra'] }
/** With its zeros at the end: the database prints a moment without them. */
const moments = (row: Record<string, unknown>) => ({
  ...row,
  created_at: Date.parse(String(row['created_at'])),
  started_at: Date.parse(String(row['started_at'])),
})

describe.each(transports)('an archive over $name', ({ open }) => {
  let opened: OpenTransport
  beforeAll(async () => {
    opened = await open()
    for (const [day, regions] of Object.entries(days))
      for (const region of regions) {
        await recordPair(opened.store, `${day}T00:00:00Z`, region)
        await recordPair(opened.store, `${day}T23:59:58Z`, region)
      }
    await opened.sql.query(
      `insert into benchmark_results (run_id, total_latency_ms, created_at)
        select id, 'NaN', '2025-03-03T10:00:00.000001Z' from runs limit 1`,
    )
    // Of a day that is not over.
    await recordPair(opened.store, '2025-03-10T01:00:00Z')
  })
  afterAll(() => opened.close())

  test('has a file for each day and region with every value of its rows, and leaves it alone afterwards', async () => {
    const { store, sql } = opened
    const dir = newFolder()
    const ended = await archive(store, ['--dir', dir, '--json'])
    expect(ended).toMatchObject({ code: 0 })
    expect(JSON.parse(ended.stdout)).toMatchObject({ archived: 2, kept: 0, failed: 0 })
    expect(filesIn(dir)).toEqual([
      'day=2025-03-01/manifest.json',
      'day=2025-03-01/region=fra/results.parquet',
      'day=2025-03-01/region=iad/results.parquet',
      'day=2025-03-03/manifest.json',
      'day=2025-03-03/region=__HIVE_DEFAULT_PARTITION__/results.parquet',
      'day=2025-03-03/region=fra/results.parquet',
    ])
    const iad = await rowsOf(join(dir, 'day=2025-03-01/region=iad/results.parquet'))
    const stored = await storedRows(sql, `region = 'iad'`)
    expect(stored).toHaveLength(4)
    expect(iad.map(moments)).toEqual(stored.map(moments))
    const none = await rowsOf(join(dir, 'day=2025-03-03/region=__HIVE_DEFAULT_PARTITION__/results.parquet'))
    expect(none).toMatchObject([{ total_latency_ms: 'NaN', created_at: '2025-03-03T10:00:00.000001+00:00' }])

    const manifest = JSON.parse(readFileSync(join(dir, 'day=2025-03-01/manifest.json'), 'utf8')) as object
    expect(manifest).toMatchObject({
      format: 1,
      day: '2025-03-01',
      files: expect.arrayContaining([
        expect.objectContaining({
          file: 'region=iad/results.parquet',
          rows: 4,
          texts: null,
          timelines: null,
          first_id: stored.map(({ id }) => String(id)).toSorted()[0],
          first_created_at: stored[0]?.['created_at'],
          last_created_at: stored[3]?.['created_at'],
        }),
      ]),
    })
    const again = await archive(store, ['--dir', dir])
    expect(again).toMatchObject({
      code: 0,
      stderr: '',
      stdout: `0 days archived in ${dir}, 2 were already\n`,
    })
    expect(JSON.parse(readFileSync(join(dir, 'day=2025-03-01/manifest.json'), 'utf8'))).toEqual(manifest)
  })
})

describe.each(transport('embedded'))('a day', ({ open }) => {
  let opened: OpenTransport
  beforeAll(async () => {
    opened = await open()
    await recordPair(opened.store, '2025-03-01T10:00:00Z')
    await recordPair(opened.store, '2025-03-02T10:00:00Z')
  })
  afterAll(() => opened.close())

  test('is written again once a result came late, was changed, or is gone, and says so', async () => {
    const { store, sql } = opened
    const dir = newFolder()
    await archive(store, ['--dir', dir])
    const file = join(dir, 'day=2025-03-02/region=fra/results.parquet')
    const why = '2025-03-02 archived again, as it has changed since it was archived: '

    const [late = ''] = await recordPair(store, '2025-03-02T11:00:00Z')
    expect((await archive(store, ['--dir', dir])).stderr).toContain(`${why}4 results in 1 file,`)
    await sql.query('update benchmark_results set finish_reason = $2 where id = $1', [late, 'length'])
    expect((await archive(store, ['--dir', dir])).stderr).toContain(`${why}4 results`)
    expect(await rowsOf(file)).toContainEqual(expect.objectContaining({ id: late, finish_reason: 'length' }))
    await sql.query(`delete from benchmark_results where id = $1`, [late])
    expect(await archive(store, ['--dir', dir])).toMatchObject({
      code: 0,
      stdout: `1 day archived in ${dir}, 1 were already; without timelines, which --timelines adds\n`,
    })
    expect(await rowsOf(file)).toHaveLength(3)
    // The text of an answer goes by its own retention, and is no change.
    await sql.exec('update benchmark_results set response_text = null')
    expect((await archive(store, ['--dir', dir])).stderr).toBe('')
  })

  test('keeps texts and timelines that it was archived with', async () => {
    const { store, sql } = opened
    const dir = newFolder()
    const [id = ''] = await recordPair(store, '2025-03-05T10:00:00Z')
    const file = join(dir, 'day=2025-03-05/region=fra/results.parquet')
    const timeline = async () =>
      (await sql.query(`select encode(data, 'hex') as hex from timelines where result_id = $1`, [id])).rows[0]
    const hex = String((await timeline())?.['hex'])
    await archive(store, ['--dir', dir, '--since', '2025-03-05', '--texts', '--timelines'])
    await sql.query('update benchmark_results set response_text = null, notes = array[$2] where id = $1', [
      id,
      'odd',
    ])
    expect((await archive(store, ['--dir', dir])).stderr).toContain('2025-03-05 archived again')
    const row = (await rowsOf(file)).find((each) => each['id'] === id)
    expect(row).toMatchObject({ response_text: 'Hello.', notes: ['odd'], timeline_version: 2 })
    expect(Buffer.from(String(row?.['timeline']), 'base64').toString('hex')).toBe(hex)
  })

  test('is right after an archiving that was killed in the middle', async () => {
    const { store } = opened
    const dir = newFolder()
    await archive(store, ['--dir', dir])
    const [folder, manifest] = [join(dir, 'day=2025-03-01/region=fra'), 'day=2025-03-01/manifest.json']
    const whole = readFileSync(join(folder, 'results.parquet'))
    const told = JSON.parse(readFileSync(join(dir, manifest), 'utf8')) as object
    // While it wrote the file, after it had renamed it, and before it wrote the manifest.
    writeFileSync(join(folder, 'results.parquet.part'), whole.subarray(0, 100))
    rmSync(join(dir, manifest))
    writeFileSync(join(folder, 'results.parquet'), whole.subarray(0, whole.length - 9))
    const ended = await archive(store, ['--dir', dir])
    expect(ended).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('2025-03-01 archived: 2 results'),
    })
    expect(filesIn(join(dir, 'day=2025-03-01'))).toEqual(['manifest.json', 'region=fra/results.parquet'])
    expect(JSON.parse(readFileSync(join(dir, manifest), 'utf8'))).toEqual({
      ...told,
      archived_at: expect.any(String),
    })
    rmSync(join(folder, 'results.parquet'))
    expect((await archive(store, ['--dir', dir])).stderr).toContain(
      'its file region=fra/results.parquet is not',
    )
  })

  test('is archived only if it is over, and as old as asked for', async () => {
    const { store } = opened
    const of = async (now: string, ...argv: string[]) => {
      const { stdout } = await archive(store, ['--dir', newFolder(), '--json', ...argv], now)
      return (JSON.parse(stdout) as { days: { day: string }[] }).days.map(({ day }) => day)
    }
    expect(await of('2025-03-02T23:59:59Z')).toEqual(['2025-03-01'])
    expect(await of('2025-03-10T00:00:00Z', '--older', '8d')).toEqual(['2025-03-01'])
    expect(await of('2025-03-02T12:00:00Z', '--before', '2025-03-09')).toEqual(['2025-03-01'])
    expect(await of('2025-03-10T00:00:00Z', '--since', '2025-03-02', '--before', '2025-03-03')).toEqual([
      '2025-03-02',
    ])
    expect(await archive(store, ['--older', '8d', '--before', '2025-03-09'])).toMatchObject({ code: 2 })
  })

  test('that cannot be written is a failure, with the reason', async () => {
    const { store } = opened
    const dir = newFolder()
    await archive(store, ['--dir', dir])
    const blocked = join(dir, 'day=2025-03-01/manifest.json')
    expect(await archive(store, ['--dir', blocked])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('the archive cannot be written: ENOTDIR'),
    })
  })
})
