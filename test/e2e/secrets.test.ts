import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openEmbedded } from '../../src/embedded/embedded.ts'
import {
  echoedKey,
  faultModels,
  type Hostile,
  spellingsOf,
  startEcho,
  startRefusingPostgres,
  startRefusingProject,
} from '../support/hostile.ts'
import { command, type Ended, makeFolder, removeFolder } from '../support/command.ts'
import { copyDatabase } from '../support/held-database.ts'

// Whatever fails, no key and no password may reach output, logs or the database.

const password = 'Walnut%2FHarbour-7744'
const projectKey = 'sb_secret_Cobalt-5512'
const secrets = [echoedKey, password, decodeURIComponent(password), projectKey].flatMap(spellingsOf)

let cwd: string
let servers: { echo: Hostile; project: Hostile; postgres: Hostile }
beforeAll(async () => {
  cwd = makeFolder()
  copyDatabase(cwd)
  const [echo, project, postgres] = await Promise.all([
    startEcho(),
    startRefusingProject(),
    startRefusingPostgres(),
  ])
  servers = { echo, project, postgres }
})
afterAll(async () => {
  for (const server of Object.values(servers)) await server.close()
  removeFolder(cwd)
})

const logged = (folder = cwd): string => {
  const logs = join(folder, 'logs')
  if (!existsSync(logs)) return ''
  return readdirSync(logs, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'))
    .join('\n')
}

/** The secrets found in these texts, each with the text before it. */
const leaks = (texts: Record<string, string>): string[] =>
  Object.entries(texts).flatMap(([where, text]) =>
    secrets
      .filter((secret) => text.includes(secret))
      .map(
        (secret) => `${where}: …${text.slice(Math.max(0, text.indexOf(secret) - 120), text.indexOf(secret))}`,
      ),
  )
const outputOf = ({ stdout, stderr }: Ended) => ({ stdout, stderr })

const providers = () => ({
  OPENAI_API_KEY: echoedKey,
  OPENAI_BASE_URL: `${servers.echo.url}/v1`,
  TIMEOUT_FIRST_TOKEN_S: '1',
  TIMEOUT_IDLE_S: '1',
  LOG_LEVEL: 'trace',
})

test('a provider that echoes the key in every kind of failure is recorded without it', async () => {
  const others = ['GROQ', 'TOGETHER', 'DEEPSEEK'].flatMap((name, index) => [
    [`${name}_API_KEY`, echoedKey],
    [`${name}_BASE_URL`, `${servers.echo.url}/${['refusing', 'html', 'moved'][index]}`],
  ])
  const env = { ...providers(), ...(Object.fromEntries(others) as Record<string, string>) }
  const synced = await command('sync-models.ts', ['--json'], { cwd, env })
  expect(synced.code).toBe(0)
  expect(synced.stdout).toContain('named-[key]')

  const sql = await openEmbedded({ dir: join(cwd, '.data') })
  for (const model of faultModels)
    await sql.query(`select set_target($1::text::jsonb)`, [
      JSON.stringify({ provider: 'openai', model, active: true }),
    ])
  await sql.close()
  const ran = await command('run.ts', ['--json', '--verbose'], { cwd, env: providers() })
  const { results } = JSON.parse(ran.stdout) as { results: { success: boolean }[] }
  expect(results).toHaveLength(faultModels.length)
  expect(results.filter(({ success }) => success).length).toBeGreaterThan(3)
  expect(ran.stdout).toContain('[key]')

  const reopened = await openEmbedded({ dir: join(cwd, '.data') })
  const { rows: tables } = await reopened.query(
    `select tablename as name from pg_tables where schemaname = 'public'`,
  )
  const kept: Record<string, string> = {}
  for (const { name } of tables) {
    const { rows } = await reopened.query(`select to_jsonb(t)::text as row from public.${String(name)} t`)
    kept[`table ${String(name)}`] = rows.map(({ row }) => String(row)).join('\n')
  }
  await reopened.close()
  for (const table of ['models', 'syncs', 'benchmark_results'])
    expect(kept[`table ${table}`]).toContain('[key]')
  expect(logged()).toContain('[key]')
  expect(leaks({ ...kept, log: logged(), ...outputOf(synced) })).toEqual([])
  expect(leaks(outputOf(ran))).toEqual([])
})

test('a database that is unreachable, refuses us or is misspelled is reported without its password or key', async () => {
  const at = (port: number) => `postgres://me:${password}@127.0.0.1:${port}/db`
  const raw = decodeURIComponent(password)
  const cases: [name: string, script: string, args: string[], env: Record<string, string>][] = [
    ['unreachable', 'run.ts', ['--json'], { DATABASE_URL: at(9) }],
    ['refused', 'run.ts', ['--json'], { DATABASE_URL: at(servers.postgres.port) }],
    ['migrate refused', 'migrate.ts', [], { DATABASE_URL: at(servers.postgres.port) }],
    ['query unreachable', 'query.ts', ['select 1'], { DATABASE_URL: at(9) }],
    ['unescaped', 'migrate.ts', [], { DATABASE_URL: `postgres://me:${raw}@127.0.0.1:9/db` }],
    ['no number', 'run.ts', [], { DATABASE_URL: `postgres://me:${password}@127.0.0.1:port/db` }],
    ['project', 'run.ts', ['--json'], { SUPABASE_URL: servers.project.url, SUPABASE_SECRET_KEY: projectKey }],
    [
      'project with a password',
      'run.ts',
      [],
      {
        SUPABASE_URL: `http://me:${password}@127.0.0.1:9`,
        SUPABASE_SECRET_KEY: projectKey,
      },
    ],
  ]
  const ran = cases.map(async ([name, script, args, more]) => {
    const folder = makeFolder()
    try {
      const ended = await command(script, args, { cwd: folder, env: { ...providers(), ...more } })
      return { name, ended, log: logged(folder) }
    } finally {
      removeFolder(folder)
    }
  })
  const logs: string[] = []
  for (const { name, ended, log } of await Promise.all(ran)) {
    // A run continues without its database and spools its results; other commands need one.
    const codes = name === 'unreachable' ? [0, 1] : [2, 3]
    expect([name, ended.code]).toEqual([name, expect.toSatisfy((code) => codes.includes(Number(code)))])
    expect(ended.stderr).toMatch(/^firsttoken: /)
    expect(leaks({ ...outputOf(ended), log })).toEqual([])
    logs.push(log)
  }
  expect(logs.join('\n')).toContain('password authentication failed')
  expect(logs.join('\n')).toContain('"name":"record_result"')
})

test('a key that somebody types into a prompt is in no file of a sweep, whether it is used or not', async () => {
  const env = { ANTHROPIC_API_KEY: projectKey, LLM_API_KEY: echoedKey, SYN_FRAMES: '3' }
  const args = [
    '--concurrency',
    '1',
    '--total',
    '2',
    '--synthetic',
    '--prompt',
    `say ${projectKey} ${echoedKey}`,
  ]
  const ended = await command('sweep.ts', [...args, '--html', 'page.html', '--out', 'sweep.json'], {
    cwd,
    env,
  })
  expect(ended.code).toBe(0)
  const files = Object.fromEntries(
    ['page.html', 'sweep.json'].map((name) => [name, readFileSync(join(cwd, name), 'utf8')]),
  )
  expect(leaks({ ...files, log: logged(), ...outputOf(ended) })).toEqual([])
  for (const text of Object.values(files)) expect(text.match(/say \[key\] \[key\]/g)).toHaveLength(2)
})
