import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

const doc = 'docs/architecture.md'
const lines = readFileSync(doc, 'utf8').split('\n')

/**
 * A row of the table of rooms in docs/architecture.md: a folder of src, the folders it may import, and its
 * line there.
 */
interface Room {
  folder: string
  mayImport: string[]
  line: number
}

const rooms: Room[] = lines.flatMap((text, index) => {
  const [, folder = '', list = ''] = /^\| `(\w+)\/` \|.*\| ([^|]*) \|$/.exec(text) ?? []
  const mayImport = list === 'nothing' ? [] : list.split(', ')
  return folder === '' ? [] : [{ folder, mayImport, line: index + 1 }]
})

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
const sources = files.filter((path) => /\/.*\.ts$/.test(path))
const namesIn = (text: string) =>
  [...text.matchAll(/(?:from|import|import\(|new URL\()\s*['"]([^'"]+)['"]/g)].map(([, name = '']) => name)
const importsOf = (path: string) => namesIn(readFileSync(path, 'utf8'))
/** Imports of more than types: what runs. */
const valueImportsOf = (path: string) =>
  namesIn(readFileSync(path, 'utf8').replaceAll(/^(?:im|ex)port type .*$/gm, ''))

test('src holds folders one level deep', () => {
  expect(files.filter((path) => path.split('/').length > 2)).toEqual([])
})

test(`the table in ${doc} has every folder of src once`, () => {
  const folders = new Set(sources.map((path) => dirname(path)))
  expect(rooms.map(({ folder }) => folder).toSorted()).toEqual([...folders].toSorted())
})

test(`each folder in ${doc} names only folders above it, so that none import each other in a circle`, () => {
  const wrong = rooms.flatMap(({ folder, mayImport, line }, index) => {
    const above = rooms.slice(0, index).map((room) => room.folder)
    return mayImport
      .filter((name) => !above.includes(name))
      .map((name) => `${doc}:${line}: ${folder} names ${name}, which is no folder above it`)
  })
  expect(wrong).toEqual([])
})

test.each(rooms)('$folder imports each folder that it may', ({ folder, mayImport, line }) => {
  const imported = sources
    .filter((path) => dirname(path) === folder)
    .flatMap((path) => importsOf(`src/${path}`).map((name) => name.split('/')[1]))
  const unused = mayImport
    .filter((name) => !imported.includes(name))
    .map((name) => `${doc}:${line}: nothing in src/${folder} imports ${name}: take it off that line`)
  expect(unused).toEqual([])
})

test.each(sources)('src/%s imports only what its folder may', (path) => {
  const room = rooms.find(({ folder }) => folder === dirname(path))
  const wrong = importsOf(`src/${path}`)
    .filter((name) => name.startsWith('../') && !/^\.\.\/[\w-]+\.ts$/.test(name))
    .filter((name) => room?.mayImport.includes(name.split('/')[1] ?? '') !== true)
    .map(
      (name) =>
        `src/${path} imports ${name}, which ${doc}:${room?.line} does not allow: move the code, or add the folder to the last column of that line`,
    )
  expect(wrong).toEqual([])
})

test.each(sources.filter((path) => path.startsWith('core/')))('src/%s uses no package but zod', (path) => {
  const packages = importsOf(`src/${path}`).filter((name) => !name.startsWith('.'))
  expect(packages.filter((name) => name !== 'zod')).toEqual([])
})

test.each([
  ['pg-boss', 'fleet/engine.ts'],
  ['hyparquet-writer', 'report/parquet.ts'],
  ['hyparquet', 'report/parquet.ts'],
])('%s is known to src/%s alone, which loads it when it is needed', (name, knows) => {
  const naming = files.filter((path) => path.endsWith('.ts') && importsOf(join('src', path)).includes(name))
  expect(naming).toEqual([knows])
  const text = readFileSync(join('src', knows), 'utf8')
  expect(text).toContain(`await import('${name}')`)
  expect(text).not.toMatch(new RegExp(`^import (?!type )[^\n]* from '${name}'`, 'm'))
})

test('no folder of src imports the files directly in src, which build real things', () => {
  const wrong = sources.flatMap((path) =>
    importsOf(`src/${path}`)
      .filter((name) => /^\.\.\/[\w-]+\.ts$/.test(name))
      .map((name) => `src/${path} imports ${name}: take what it needs as an argument`),
  )
  expect(wrong).toEqual([])
})

test('a provider is never a branch in code', () => {
  const branching = sources.filter((path) =>
    /(?:provider|entry\.id)\s*[!=]==\s*['"]/.test(readFileSync(`src/${path}`, 'utf8')),
  )
  expect(branching).toEqual([])
})

test(`the path of one probe in ${doc} takes at most 40 files, each imported by another of them`, () => {
  const path = lines.flatMap((text) => /^\d+\. `([\w./-]+)`/.exec(text)?.[1] ?? [])
  expect(path.length).toBeGreaterThan(20)
  expect(path.length).toBeLessThanOrEqual(40)
  expect(path.filter((file) => !existsSync(file))).toEqual([])
  expect(path[0]).toBe('scripts/run.ts')
  expect(path.at(-1)).toMatch(/^supabase\/schemas\/.*\.sql$/)
  const imported = path
    .slice(0, -1)
    .flatMap((file) => valueImportsOf(file).map((name) => join(dirname(file), name)))
  expect(path.slice(1, -1).filter((file) => !imported.includes(file))).toEqual([])
})

const webFiles = readdirSync('web', { recursive: true, encoding: 'utf8' }).filter(
  (path) => /\.tsx?$/.test(path) && !/^(?:dist|build|\.build-)|^vite\.config/.test(path),
)

test.each(webFiles)('web/%s imports nothing of src but the types of the API', (path) => {
  const text = readFileSync(`web/${path}`, 'utf8')
  const ofSrc = (names: string[]) => names.filter((name) => /^(?:\.\.\/)+src\//.test(name))
  const contract = /^(?:\.\.\/)+src\/http\/contract\.ts$/
  expect(ofSrc(namesIn(text)).filter((name) => !contract.test(name))).toEqual([])
  expect(ofSrc(namesIn(text.replaceAll(/^import type .*$/gm, '')))).toEqual([])
})

test.each(webFiles.filter((path) => path.startsWith('screens/')))('web/%s knows no other screen', (path) => {
  const folder = dirname(path)
  const relative = importsOf(`web/${path}`).filter((name) => name.startsWith('.'))
  const imported = relative.map((name) => join(folder, name))
  expect(imported.filter((name) => name.startsWith('screens/') && dirname(name) !== folder)).toEqual([])
})

test('only the file of tokens names colours', () => {
  const styles = readdirSync('web', { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.css') && !path.startsWith('dist') && path !== 'styles/tokens.css',
  )
  expect(
    styles.filter((path) => /#[\da-f]{3,8}\b|\brgba?\(/i.test(readFileSync(`web/${path}`, 'utf8'))),
  ).toEqual([])
})
