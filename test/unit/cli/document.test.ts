import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { unwritable, unwritableFiles, writeDocument, writeWhole } from '../../../src/cli/document.ts'

const date = new Date('2026-11-29T13:15:02.345Z')
let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'firsttoken-document-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

test('a folder gets a new file for each document, named after the time in UTC, and none is replaced', () => {
  const folder = join(dir, 'results')
  mkdirSync(folder)
  expect(unwritable(folder)).toBeNull()
  expect(readdirSync(folder)).toEqual([])
  const names = ['firsttoken-20261129T131502Z.json', 'firsttoken-20261129T131502Z-2.json']
  expect(['one', 'two'].map((text) => writeDocument(folder, text, date))).toEqual(
    names.map((name) => ({ file: join(folder, name) })),
  )
  expect(names.map((name) => readFileSync(join(folder, name), 'utf8'))).toEqual(['one', 'two'])
})

test('a path that ends with a slash is a folder, which is made', () => {
  const folder = `${join(dir, 'new', 'deep')}/`
  expect(unwritable(folder)).toBeNull()
  expect(writeDocument(folder, 'text', date)).toEqual({
    file: join(folder, 'firsttoken-20261129T131502Z.json'),
  })
})

test('a file is written as it is named, also over an older one', () => {
  const file = join(dir, 'run.json')
  expect(unwritable(file)).toBeNull()
  expect(['one', 'two'].map((text) => writeDocument(file, text, date))).toEqual([{ file }, { file }])
  expect(readFileSync(file, 'utf8')).toBe('two')
})

test('what cannot be written is told beforehand and at the end', () => {
  const file = join(dir, 'a file')
  writeFileSync(file, '')
  expect(unwritable(`${file}/`)).toMatch(/EEXIST|ENOTDIR/)
  expect(writeDocument(`${file}/`, 'text', date)).toEqual({
    problem: expect.stringMatching(/ENOTDIR|EEXIST/),
  })
  expect(unwritable(join(dir, 'none', 'run.json'))).toMatch(/ENOENT/)
})

test('what is asked beforehand leaves no file, and an older one as it is', () => {
  const file = join(dir, 'asked.json')
  expect(unwritableFiles([{ flag: '--out', path: file }])).toBeNull()
  expect(existsSync(file)).toBe(false)
  writeFileSync(file, 'older')
  expect(unwritableFiles([{ flag: '--out', path: file }])).toBeNull()
  expect(readFileSync(file, 'utf8')).toBe('older')
})

test('files that are folders, or one and the same, are refused beforehand, and no folder is made', () => {
  const [made, file] = [`${join(dir, 'unmade')}/`, join(dir, 'one.html')]
  for (const path of [dir, made])
    expect(unwritableFiles([{ flag: '--out', path }])).toBe(`--out: ${path} is a folder: name a file`)
  expect(existsSync(made)).toBe(false)
  const twice = [
    { flag: '--html', path: file },
    { flag: '--out', path: `${dir}/./one.html` },
  ]
  expect(unwritableFiles(twice)).toContain('--html and --out name the same file')
})

test.skipIf(!existsSync('/dev/full'))('a device that takes nothing is told, and stays', () => {
  expect(writeWhole('/dev/full', 'text')).toMatch(/ENOSPC/)
  expect(existsSync('/dev/full')).toBe(true)
})

test.skipIf(process.getuid?.() === 0)('a folder that may not be written to is told beforehand', () => {
  const folder = join(dir, 'closed')
  mkdirSync(folder)
  chmodSync(folder, 0o500)
  expect(unwritable(folder)).toMatch(/EACCES/)
})
