import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { prune } from '../../src/jobs/prune.ts'
import { archive, archiveFolder, filesIn, recordPair, rowsOf } from '../support/archive.ts'
import { type OpenTransport, transports } from '../support/transports.ts'

const [, postgres] = transports
if (postgres === undefined) throw new Error('there is no Postgres to test with')

let opened: OpenTransport
let dir: string
beforeEach(async () => {
  opened = await postgres.open()
  dir = archiveFolder()
  for (const day of ['01', '02', '03']) await recordPair(opened.store, `2025-03-${day}T10:00:00Z`)
})
afterEach(async () => {
  await opened.close()
  rmSync(join(dir, '..'), { recursive: true, force: true })
})

/** Prunes what is from before a moment and in the archive. */
const pruneTo = (before: string, texts: string | null = '2026-01-01') =>
  prune(opened.store, {
    retention: {
      textsBefore: texts === null ? null : new Date(texts),
      resultsBefore: new Date(before),
      proxyBefore: null,
      proxyTextsBefore: null,
    },
    archive: dir,
    stop: new AbortController().signal,
  })

const value = async (query: string) => Object.values((await opened.sql.query(query)).rows[0] ?? {})[0]
const days = () =>
  value(
    `select string_agg(distinct to_char(created_at at time zone 'UTC', 'MM-DD'), ' ') from benchmark_results`,
  )
const rollups = () => value(`select jsonb_agg(h order by track_id, bucket)::text from rollups_hourly h`)

test('what is archived is deleted with timelines and probes, and its rollups stay', async () => {
  const before = await rollups()
  await archive(opened.store, ['--dir', dir])
  const file = join(dir, 'day=2025-03-01/region=fra/results.parquet')
  expect(await pruneTo('2025-03-03T12:00:00Z')).toMatchObject({
    texts: 3,
    results: 4,
    days: 2,
    prunedUntil: new Date('2025-03-03'),
    unarchived: null,
    done: true,
  })
  expect(await days()).toBe('03-03')
  expect(await value('select count(*)::int from timelines')).toBe(2)
  expect(await value('select count(*)::int from probes')).toBe(2)
  expect(await rollups()).toBe(before)
  expect(await rowsOf(file)).toHaveLength(2)
  expect(await archive(opened.store, ['--dir', dir])).toMatchObject({ stderr: '' })
  expect(await pruneTo('2025-03-03T12:00:00Z')).toMatchObject({ results: 0, days: 0, done: true })
})

test('nothing is deleted from the first day on that the archive does not hold', async () => {
  await archive(opened.store, ['--dir', dir, '--before', '2025-03-02'])
  const kept = { day: '2025-03-02', why: 'it is not archived' }
  expect(await pruneTo('2025-03-09')).toMatchObject({ results: 2, unarchived: kept, done: true })
  expect(await days()).toBe('03-02 03-03')

  await archive(opened.store, ['--dir', dir])
  await recordPair(opened.store, '2025-03-02T11:00:00Z')
  await opened.sql.exec('update benchmark_results set response_text = null')
  expect(await pruneTo('2025-03-09')).toMatchObject({
    results: 0,
    unarchived: { day: '2025-03-02', why: 'it has changed since it was archived' },
  })
  expect(await days()).toBe('03-02 03-03')
})

test('a file that is damaged or gone holds nothing', async () => {
  await archive(opened.store, ['--dir', dir])
  const file = join(dir, 'day=2025-03-01/region=fra/results.parquet')
  const bytes = readFileSync(file)
  const damaged = Buffer.from(bytes)
  damaged[100] = (damaged[100] ?? 0) ^ 1
  const lost = { unarchived: { day: '2025-03-01', why: expect.stringContaining('is not as its manifest') } }
  for (const harm of [() => writeFileSync(file, damaged), () => rmSync(file)]) {
    harm()
    expect(await pruneTo('2025-03-09')).toMatchObject({ results: 0, ...lost })
  }
  writeFileSync(file, bytes)
  expect(await pruneTo('2025-03-09')).toMatchObject({ results: 6, unarchived: null })
})

test('a text that is not archived keeps its results until it is, or is deleted by its own retention', async () => {
  await archive(opened.store, ['--dir', dir])
  expect(await pruneTo('2025-03-09', null)).toMatchObject({
    results: 0,
    unarchived: { day: '2025-03-01', why: 'it has texts that are not archived' },
  })
  await archive(opened.store, ['--dir', dir, '--texts', '--before', '2025-03-03'])
  expect(await pruneTo('2025-03-09', null)).toMatchObject({ results: 4, texts: 0 })
  expect(await rowsOf(join(dir, 'day=2025-03-01/region=fra/results.parquet'))).toContainEqual(
    expect.objectContaining({ response_text: 'Hello.' }),
  )
})

test('a result that comes into a pruned day is kept until the archive has it beside the others', async () => {
  await archive(opened.store, ['--dir', dir])
  await pruneTo('2025-03-09')
  const late = await recordPair(opened.store, '2025-03-02T09:00:00Z')
  await opened.sql.exec('update benchmark_results set response_text = null')
  expect(await pruneTo('2025-03-09')).toMatchObject({
    results: 0,
    unarchived: { day: '2025-03-02', why: '2 results of it are not in the archive as they are' },
  })
  const file = join(dir, 'day=2025-03-02/region=fra/results.parquet')
  expect((await archive(opened.store, ['--dir', dir])).stderr).toContain('2025-03-02 archived again')
  expect(await rowsOf(file)).toHaveLength(4)
  const firstTwo = (await rowsOf(file)).slice(0, 2).map(({ id }) => String(id))
  expect(firstTwo.toSorted()).toEqual(late.toSorted())
  expect(await archive(opened.store, ['--dir', dir])).toMatchObject({ stderr: '' })
  expect(await pruneTo('2025-03-09')).toMatchObject({ results: 2, unarchived: null })

  const before = readFileSync(file)
  await recordPair(opened.store, '2025-03-02T09:30:00Z')
  writeFileSync(file, before.subarray(0, 500))
  expect(await archive(opened.store, ['--dir', dir])).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('is damaged, and the database has no more what was in it'),
  })
  expect(readFileSync(file)).toEqual(before.subarray(0, 500))
})

test('a file with pruned results is written again only if it is the one that the manifest names', async () => {
  await archive(opened.store, ['--dir', dir])
  await pruneTo('2025-03-09')
  await recordPair(opened.store, '2025-03-02T09:00:00Z')
  const day = join(dir, 'day=2025-03-02')
  const [file, manifest] = [join(day, 'region=fra/results.parquet'), join(day, 'manifest.json')]
  const [bytes, told] = [readFileSync(file), readFileSync(manifest)]
  const anotherDay = join(dir, 'day=2025-03-01/region=fra/results.parquet')
  for (const harm of [() => copyFileSync(anotherDay, file), () => rmSync(file)]) {
    harm()
    expect(await archive(opened.store, ['--dir', dir])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('is damaged, and the database has no more what was in it'),
    })
    expect(readFileSync(manifest)).toEqual(told)
  }
  writeFileSync(file, bytes)
  expect((await archive(opened.store, ['--dir', dir])).stderr).toContain('2025-03-02 archived again')
  expect(await rowsOf(file)).toHaveLength(4)

  // One that was killed before it wrote the manifest.
  writeFileSync(`${file}.old`, bytes)
  writeFileSync(manifest, told)
  expect((await archive(opened.store, ['--dir', dir])).stderr).toContain('2025-03-02 archived again')
  expect(await rowsOf(file)).toHaveLength(4)
  expect(filesIn(day)).toEqual(['manifest.json', 'region=fra/results.parquet'])
})

test('a manifest that somebody has edited leads to no other file', async () => {
  await archive(opened.store, ['--dir', dir])
  const manifest = join(dir, 'day=2025-03-02/manifest.json')
  const told = readFileSync(manifest, 'utf8')
  const others = join(dir, 'mine.txt')
  writeFileSync(others, 'mine')
  writeFileSync(
    manifest,
    told.replace('region=fra/results.parquet', '../mine.txt').replace('"fra"', '"gone"'),
  )
  expect(await archive(opened.store, ['--dir', dir])).toMatchObject({ code: 0 })
  expect(readFileSync(others, 'utf8')).toBe('mine')
})

test('a result that changes between the look at its day and its deletion stays', async () => {
  await archive(opened.store, ['--dir', dir])
  const { store, sql } = opened
  const changing = {
    ...store,
    prune: async (input: Parameters<typeof store.prune>[0]) => {
      if ((input.archived?.length ?? 0) > 0)
        await sql.exec(`update benchmark_results set tps = 7 where success and created_at < '2025-03-02'`)
      return store.prune(input)
    },
  }
  const retention = { textsBefore: new Date(), proxyBefore: null, proxyTextsBefore: null }
  expect(
    await prune(changing, {
      retention: { ...retention, resultsBefore: new Date('2025-03-09') },
      archive: dir,
      stop: new AbortController().signal,
    }),
  ).toMatchObject({ results: 5, unarchived: { day: '2025-03-01', why: expect.stringMatching(/^1 results/) } })
  expect(await value('select tps from benchmark_results')).toBe(7)
})

test('one that was stopped among the hours of a day goes on', async () => {
  await recordPair(opened.store, '2025-03-01T20:00:00Z')
  await archive(opened.store, ['--dir', dir])
  await opened.sql.exec(`update retention set pruned_until = '2025-03-01T20:00:00Z'`)
  await opened.sql.exec(`delete from benchmark_results where created_at < '2025-03-01T20:00:00Z'`)
  expect(await pruneTo('2025-03-03')).toMatchObject({ results: 4, unarchived: null, done: true })
  expect(await days()).toBe('03-03')
})
