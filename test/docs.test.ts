import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { channelsOf } from '../src/alerts/channel-settings.ts'
import { channelTypes } from '../src/alerts/channels.ts'
import { placeholders } from '../src/alerts/message-template.ts'
import { webhookPayload } from '../src/alerts/message-webhook.ts'
import { plainLines, weekText } from '../src/alerts/week-words.ts'
import { apiDocument } from '../src/api-document.ts'
import { jsonSchema } from '../src/config/document.ts'
import { withSettings } from '../src/config/page.ts'
import { faultDomains } from '../src/core/outcome.ts'
import { providers } from '../src/registry/providers.ts'
import { kinds as problemKinds } from '../src/http/problem-details.ts'
import { ruleTables } from '../src/probe/rules.ts'
import { alertsPage } from '../src/alerts/page.ts'
import { withMetricsTable, withProxyMetricsTable } from '../src/report/monitoring-docs.ts'
import { withEndpoints } from '../src/report/api-page.ts'
import { metricsPage } from '../src/report/metrics-page.ts'
import { withKeyLines, withProviderTable } from '../src/report/provider-docs.ts'
import { command } from './support/command.ts'
import { messageLike } from './support/incidents.ts'
import { badWeek } from './support/weeks.ts'

const read = (path: string) => readFileSync(path, 'utf8')
/** The first group of every match. */
const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name = '']) => name)
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

test('docs/metrics.md matches the code', () => {
  expect(read('docs/metrics.md')).toBe(metricsPage(ruleTables))
})

test('docs/alerts.md matches the rules and what was measured', () => {
  expect(read('docs/alerts.md')).toBe(alertsPage(JSON.parse(read('bench/alarms/measured.json'))))
})

test('docs/monitoring.md and docs/proxy-metrics.md have every metric that is shown', () => {
  expect(read('docs/monitoring.md')).toBe(withMetricsTable(read('docs/monitoring.md')))
  expect(read('docs/proxy-metrics.md')).toBe(withProxyMetricsTable(read('docs/proxy-metrics.md')))
})

test('docs/api.md has every endpoint and problem', () => {
  expect(read('docs/api.md')).toBe(withEndpoints(read('docs/api.md'), apiDocument(), problemKinds))
})

test('docs/config-file.md and its JSON Schema have every setting', () => {
  expect(read('docs/config-file.md')).toBe(withSettings(read('docs/config-file.md')))
  expect(JSON.parse(read('docs/firsttoken.schema.json'))).toEqual(JSON.parse(jsonSchema()))
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
  const otel = [...read('src/net/otlp.ts').matchAll(/'(OTEL_[A-Z_]+)'/g)].map(([, name = '']) => name)
  expect(otel.length).toBeGreaterThan(5)
  expect([...settings, ...names, ...otel].filter((name) => !page.includes(`\`${name}`))).toEqual([])
})

test('docs/alert-channels.md has every setting of every kind of channel, and all that a template may name', () => {
  const page = read('docs/alert-channels.md')
  const settings = Object.entries(channelTypes).flatMap(([kind, { fields }]) =>
    Object.keys(fields).map((field) => `\`ALERT_${kind}_${field}\``.toUpperCase()),
  )
  const names = Object.keys(placeholders).map((name) => `\`${name}\``)
  expect([...settings, ...names].filter((name) => !page.includes(name))).toEqual([])
})

test('docs/alert-channels.md shows what a webhook gets', () => {
  const [, shown = ''] = /```json\n([\s\S]*?)```/.exec(read('docs/alert-channels.md')) ?? []
  expect(JSON.parse(shown)).toEqual(JSON.parse(JSON.stringify(webhookPayload(messageLike()))))
})

test('docs/alert-channels.md shows what is said of a week', () => {
  const [, shown = ''] = /```text\n(2026-W48[\s\S]*?)\n```/.exec(read('docs/alert-channels.md')) ?? []
  const said = weekText(badWeek)
  expect(shown).toBe(`${said.title}\n${plainLines(said)}`)
})

test('the variables that docs/alert-channels.md and .env.example show make channels', () => {
  const lines = [read('docs/alert-channels.md'), read('.env.example')].flatMap((text) => [
    ...text.matchAll(/^(?:# )?(ALERT_\w+)=(.*)$/gm),
  ])
  const { channels, problems } = channelsOf(
    Object.fromEntries(lines.map(([, name = '', value = '']) => [name, value])),
  )
  expect(problems).toEqual([])
  expect(channels.map(({ name }) => name)).toEqual(['email', 'pagerduty', 'slack', 'template'])
})

test('.env.example has the first key of every provider', () => {
  const example = read('.env.example')
  expect(
    providers.map(({ keyNames }) => keyNames[0]).filter((name) => !example.includes(`\n${name}=\n`)),
  ).toEqual([])
})

test('docs/architecture.md has every table, view and event among its words', () => {
  const page = read('docs/architecture.md')
  const relations = matches(
    read('supabase/schema.sql'),
    /^create (?:table if not exists|or replace view) public\.(\w+)/gm,
  )
  const events = matches(read('src/run/events.ts'), /\btype: '(\w+)'/g)
  expect(relations.length).toBeGreaterThan(20)
  expect(events.length).toBeGreaterThan(10)
  expect([...relations, ...events].filter((name) => !page.includes(`\`${name}\``))).toEqual([])
})

test('every function that the store calls is in supabase/schema.sql and docs/schema.md', () => {
  const called = matches(read('src/store/functions.ts'), /\b(?:method|call)\('(\w+)'/g)
  const defined = matches(
    read('supabase/schema.sql'),
    /^create or replace function public\.(\w+)\(input jsonb\)/gm,
  )
  const page = read('docs/schema.md')
  expect(called.length).toBeGreaterThan(20)
  expect(called.filter((name) => !defined.includes(name) || !page.includes(`\`${name}\``))).toEqual([])
})

test('every command is named on a page', () => {
  const text = pages.map(read).join('\n')
  const commands = readdirSync('scripts').map((file) => `scripts/${file}`)
  expect(commands.filter((path) => !text.includes(path))).toEqual([])
})

test('docs/troubleshooting.md has every error kind that is not our own', () => {
  const page = read('docs/troubleshooting.md')
  const kinds = Object.entries(faultDomains).filter(([, domain]) => domain !== 'self')
  expect(kinds.map(([kind]) => kind).filter((kind) => !page.includes(`\`${kind}\``))).toEqual([])
})

test.each(pages)('%s links to files and names scripts that exist', (page) => {
  const text = read(page)
  const links = [...text.matchAll(/\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, link = '']) =>
    join(dirname(page), link),
  )
  const scripts = [...text.matchAll(/\bscripts\/[\w-]+\.ts/g)].map(([script]) => script)
  expect([...links, ...scripts].filter((path) => !existsSync(path))).toEqual([])
})

/** Every command of the pages that has flags, in `sh` blocks and in sentences: its script and flags. */
const commands = pages.flatMap((page) => {
  const text = read(page)
  const blocks = [...text.matchAll(/^ *```sh\n([\s\S]*?)^ *```/gm)].map(([, block = '']) => block)
  const spans = [...text.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span)
  const lines = [...blocks.flatMap((block) => block.replaceAll('\\\n', ' ').split('\n')), ...spans]
  return lines.flatMap((line) => {
    const [, script = '', args = ''] = /scripts\/([\w-]+\.ts)([^#]*)/.exec(line) ?? []
    const flags = [...args.matchAll(/\s(--[\w-]+)/g)].map(([, flag = '']) => flag)
    return flags.length === 0 ? [] : [{ page, script, flags }]
  })
})
const documented = [...Map.groupBy(commands, ({ script }) => script)].map(([script, uses]) => ({
  script,
  uses,
}))

const helpOf = async (script: string) => {
  const { code, stdout } = await command(script, ['--help'], { cwd: '.' })
  expect(code).toBe(0)
  return (flag: string) => new RegExp(`${flag}(?![\\w-])`).test(stdout)
}

test('the pages show commands with flags', () => {
  expect(documented.length).toBeGreaterThan(5)
})

test.each(documented)(
  'the pages give scripts/$script only flags of its --help',
  async ({ script, uses }) => {
    const has = await helpOf(script)
    const unknown = uses.flatMap(({ page, flags }) =>
      flags.filter((flag) => !has(flag)).map((flag) => `${page}: ${flag}`),
    )
    expect(unknown).toEqual([])
  },
  30_000,
)

test('the README counts the ready-made queries', () => {
  const [, count] = /# (\d+) questions that are ready/.exec(read('README.md')) ?? []
  expect(Number(count)).toBe(readdirSync('supabase/queries').filter((name) => name.endsWith('.sql')).length)
})

test('the README stays under 200 lines, and its flags are those of run.ts', async () => {
  const text = read('README.md')
  expect(text.split('\n').length).toBeLessThan(200)
  const has = await helpOf('run.ts')
  const flags = [...text.matchAll(/`(--[a-z-]+)/g)].map(([, flag = '']) => flag)
  expect(flags.length).toBeGreaterThan(5)
  expect(flags.filter((flag) => !has(flag))).toEqual([])
}, 30_000)
