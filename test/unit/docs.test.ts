import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { runHelp } from '../../src/cli/run-flags.ts'
import { faultDomains } from '../../src/core/outcome.ts'
import { providers } from '../../src/registry/providers.ts'
import { metricsPage } from '../../src/report/metrics-page.ts'
import { withKeyLines, withProviderTable } from '../../src/report/provider-docs.ts'

const read = (path: string) => readFileSync(path, 'utf8')
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

test('docs/metrics.md is what the code says', () => {
  expect(read('docs/metrics.md')).toBe(metricsPage())
})

test('docs/configuration.md and .env.example have the providers of the registry', () => {
  for (const [path, update] of [
    ['docs/configuration.md', withProviderTable],
    ['.env.example', withKeyLines],
  ] as const)
    expect(read(path)).toBe(update(read(path), providers))
  expect(() => withKeyLines('no such paragraph', providers)).toThrow('no paragraph begins with')
})

test('docs/configuration.md has every variable that is read, and every provider', () => {
  const page = read('docs/configuration.md')
  const settings = [...read('src/env.ts').matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(([, name = '']) => name)
  const names = providers.flatMap(({ id, keyNames, baseUrlName }) => [id, baseUrlName, ...keyNames])
  expect(settings.length).toBeGreaterThan(15)
  expect([...settings, ...names].filter((name) => !page.includes(`\`${name}`))).toEqual([])
})

test('.env.example has the first key of every provider', () => {
  const example = read('.env.example')
  expect(
    providers.map(({ keyNames }) => keyNames[0]).filter((name) => !example.includes(`\n${name}=\n`)),
  ).toEqual([])
})

test('docs/troubleshooting.md has every error kind that is not our own', () => {
  const page = read('docs/troubleshooting.md')
  const kinds = Object.entries(faultDomains).filter(([, domain]) => domain !== 'self')
  expect(kinds.map(([kind]) => kind).filter((kind) => !page.includes(`\`${kind}\``))).toEqual([])
})

test.each(pages)('the links and commands of %s lead somewhere', (page) => {
  const text = read(page)
  const links = [...text.matchAll(/\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, link = '']) =>
    join(dirname(page), link),
  )
  const scripts = [...text.matchAll(/\bscripts\/[\w-]+\.ts/g)].map(([script]) => script)
  expect([...links, ...scripts].filter((path) => !existsSync(path))).toEqual([])
})

test('the README stays under 200 lines and names only flags that exist', () => {
  const text = read('README.md')
  expect(text.split('\n').length).toBeLessThan(200)
  const flags = new Set([...text.matchAll(/`(--[a-z-]+)/g)].map(([, flag = '']) => flag))
  expect([...flags].filter((flag) => !runHelp.includes(flag))).toEqual([])
})
