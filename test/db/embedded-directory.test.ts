import { cpSync, mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { diskError } from '../../src/embedded/data-directory.ts'
import { openEmbedded } from '../../src/embedded/embedded.ts'
import { takeLock } from '../../src/embedded/lock.ts'
import { countNotes, embeddedDirectories, note } from '../support/embedded-directories.ts'

const { root, makeDirectory, openHere, openPeer, template } = embeddedDirectories()

test('a directory whose path is too long for a socket works', async () => {
  const dir = join(root, 'long'.repeat(40))
  cpSync(template, dir, { recursive: true })
  const sql = await openHere(dir)
  const joined = await openPeer(dir)
  expect((await joined.query(note, ['far', 1])).error).toBeUndefined()
  expect((await sql.query(countNotes)).rows).toEqual([{ writer: 'far', n: 1 }])
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
  'a directory that cannot be created is refused with what to do',
  async () => {
    await expect(openEmbedded({ dir: '/sys/firsttoken' })).rejects.toMatchObject({
      name: 'StoreError',
      message: expect.stringContaining('choose another directory') as unknown,
    })
  },
)

test('a database that fails to start leaves the directory as it was', async () => {
  const dir = makeDirectory()
  rmSync(join(dir, 'pgdata', 'global', 'pg_control'))
  await expect(openEmbedded({ dir })).rejects.toMatchObject({ name: 'StoreError', kind: 'invalid' })
  expect(readdirSync(dir)).toEqual(['pgdata'])
})

test('a damaged database is not one that is away, and it is said what to do', async () => {
  const dir = makeDirectory()
  truncateSync(join(dir, 'pgdata', 'global', 'pg_control'), 10)
  await expect(openEmbedded({ dir })).rejects.toMatchObject({
    kind: 'invalid',
    message: expect.stringContaining('Its files are damaged: restore them from a backup') as unknown,
  })
})

test('a full disk or memory passes, a file that is gone does not', () => {
  const kindOf = (error: Error) => diskError('.data', error).kind
  expect(kindOf(new Error('PANIC:  could not write to file: No space left on device'))).toBe('unavailable')
  expect(kindOf(new Error('WebAssembly.Memory(): could not allocate memory'))).toBe('unavailable')
  expect(kindOf(new Error('PANIC:  could not locate a valid checkpoint record at 0/1710600'))).toBe('invalid')
})

test('a live holder that does not serve is waited for, then named', async () => {
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
