import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

/** What each folder of src may import from its siblings. Files directly in src wire everything together. */
const mayImport: Record<string, readonly string[]> = {
  core: [],
  net: ['core'],
  registry: ['core'],
  store: ['core'],
  embedded: ['core', 'store'],
  report: ['core'],
  synthetic: ['core'],
  probe: ['core', 'net'],
  run: ['core', 'registry', 'probe', 'store'],
  sync: ['core', 'net', 'registry', 'store'],
  jobs: ['core', 'net', 'registry', 'probe', 'store', 'run', 'sync'],
  doctor: ['core', 'net', 'registry', 'store', 'embedded', 'run', 'sync', 'jobs'],
  http: ['core', 'registry', 'store', 'run', 'jobs', 'report', 'doctor'],
  cli: [
    'core',
    'net',
    'registry',
    'store',
    'embedded',
    'report',
    'synthetic',
    'probe',
    'run',
    'jobs',
    'sync',
    'doctor',
    'http',
  ],
}

/** Where each folder may look outside src and npm: core is arithmetic alone. */
const outside = (specifier: string) => !specifier.startsWith('.')

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
const sources = files.filter((path) => /\/.*\.ts$/.test(path))
const importsOf = (path: string) =>
  [...readFileSync(path, 'utf8').matchAll(/(?:from|import|import\(|new URL\()\s*['"]([^'"]+)['"]/g)].map(
    ([, name = '']) => name,
  )

test('src holds folders one level deep', () => {
  expect(files.filter((path) => path.split('/').length > 2)).toEqual([])
})

test.each(sources)('src/%s imports only what its folder may', (path) => {
  const folder = path.split('/')[0] ?? ''
  expect(mayImport, `${folder} is not in the table`).toHaveProperty(folder)
  const upward = importsOf(`src/${path}`).filter((name) => name.startsWith('..'))
  const siblings = upward.map((name) => name.split('/')[1] ?? '')
  expect(siblings.filter((name) => !mayImport[folder]?.includes(name))).toEqual([])
})

test.each(sources.filter((path) => path.startsWith('core/')))('src/%s uses no package but zod', (path) => {
  expect(importsOf(`src/${path}`).filter((name) => outside(name) && name !== 'zod')).toEqual([])
})

test('only api, scripts, test and bench import the composition root', () => {
  const importers = sources.filter((path) =>
    importsOf(`src/${path}`).some((name) => /^\.\.\/[\w-]+\.ts$/.test(name)),
  )
  expect(importers).toEqual([])
})

test('a provider is never a branch in code', () => {
  const branching = sources.filter((path) =>
    /(?:provider|entry\.id)\s*[!=]==\s*['"]/.test(readFileSync(`src/${path}`, 'utf8')),
  )
  expect(branching).toEqual([])
})
