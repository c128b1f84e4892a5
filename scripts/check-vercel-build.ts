import { execFileSync } from 'node:child_process'
import {
  cpSync,
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
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { exitCode } from '../src/cli/exit-code.ts'
import { defineCommand } from '../src/cli/command.ts'
import { main } from '../src/main.ts'

const cli = join(tmpdir(), 'firsttoken-vercel-cli')
const version = '64.0.2'

function installCli(): void {
  if (existsSync(join(cli, 'node_modules/.bin/vercel'))) return
  mkdirSync(cli, { recursive: true })
  // The CLI asks for a release of sandbox that was never published.
  const manifest = { private: true, dependencies: { vercel: version }, overrides: { sandbox: '4.5.0' } }
  writeFileSync(join(cli, 'package.json'), JSON.stringify(manifest))
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: cli,
    stdio: 'inherit',
  })
}

/** A copy of the checkout, as a deployment sees it. */
function copyProject(): string {
  const root = mkdtempSync(join(tmpdir(), 'firsttoken-vercel-'))
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    encoding: 'utf8',
  })
  for (const file of files.split('\n').filter((path) => path !== '' && existsSync(path)))
    cpSync(file, join(root, file))
  copyModules(root)
  mkdirSync(join(root, '.vercel'))
  const settings = {
    framework: null,
    buildCommand: null,
    installCommand: '',
    outputDirectory: null,
    nodeVersion: '24.x',
  }
  writeFileSync(
    join(root, '.vercel/project.json'),
    JSON.stringify({ projectId: 'prj_local', orgId: 'team_local', settings }),
  )
  return root
}

/**
 * The packages themselves: through a link to them the build would trace nothing. Hard links where the disk is
 * the same.
 */
function copyModules(root: string): void {
  try {
    execFileSync('cp', ['-al', 'node_modules', root], { stdio: 'ignore' })
  } catch {
    rmSync(join(root, 'node_modules'), { recursive: true, force: true })
    cpSync('node_modules', join(root, 'node_modules'), { recursive: true, verbatimSymlinks: true })
  }
}

/** The command with its network taken away, where the system allows that. */
function offline(command: string[]): string[] {
  try {
    execFileSync('unshare', ['-n', 'true'], { stdio: 'ignore' })
    return ['unshare', '-n', ...command]
  } catch {
    process.stderr.write('unshare -n is not allowed here: building with the network in place\n')
    return command
  }
}

function build(root: string): void {
  const vercel = join(cli, 'node_modules/.bin/vercel')
  const [program = '', ...args] = offline([vercel, 'build', '--yes', '--prod', '--standalone'])
  const env = { ...process.env, VERCEL_TELEMETRY_DISABLED: '1', VERCEL_INSTALL_COMPLETED: '1' }
  execFileSync(program, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] })
}

interface Expectation {
  name: string
  /** What is asked for, if not the function's own path. */
  path?: string
  env: Record<string, string>
  headers: Record<string, string>
  status: number
  /** What the body must hold between quotes. */
  kind: string
}

const secret = 'a secret of this check'
const bearer = { authorization: `Bearer ${secret}` }
const keys = {
  CRON_SECRET: secret,
  OFFICIAL_STATUS: 'off',
  OPENAI_API_KEY: 'sk-check-of-the-build',
  GROQ_API_KEY: 'gsk-check-of-the-build',
}
// Nothing listens on port 9: that the drivers and SDKs are in the build shows in how it fails.
const ofCrons: Expectation[] = [
  { name: 'without CRON_SECRET', env: {}, headers: {}, status: 500, kind: 'no_cron_secret' },
  { name: 'without the token', env: { CRON_SECRET: secret }, headers: {}, status: 401, kind: 'unauthorized' },
  {
    name: 'without a key',
    env: { CRON_SECRET: secret },
    headers: bearer,
    status: 500,
    kind: 'no_provider_key',
  },
  { name: 'without a store', env: keys, headers: bearer, status: 500, kind: 'store_invalid' },
  {
    name: 'with an unreachable Postgres',
    env: { ...keys, DATABASE_URL: 'postgres://u:p@127.0.0.1:9/db' },
    headers: bearer,
    status: 503,
    kind: 'store_unavailable',
  },
  {
    name: 'with an unreachable Supabase',
    env: { ...keys, SUPABASE_URL: 'http://127.0.0.1:9', SUPABASE_SERVICE_ROLE: 'check' },
    headers: bearer,
    status: 503,
    kind: 'store_unavailable',
  },
]
const ofHealth: Expectation[] = [
  { name: 'without a store', env: {}, headers: {}, status: 503, kind: 'database unreachable' },
  {
    name: 'with an unreachable Postgres',
    env: { DATABASE_URL: 'postgres://u:p@127.0.0.1:9/db' },
    headers: {},
    status: 503,
    kind: 'database unreachable',
  },
]
const builtIn = 'api/v1/prompts?source=built_in'
const found = { env: {}, headers: {}, status: 200 }
const readable = { PUBLIC_READS: '1' }
/** What the function of the API answers behind its rewrites; that the reference is in the build shows in its script. */
const ofApi: Expectation[] = [
  { ...found, name: 'without a token', path: builtIn, status: 401, kind: 'status' },
  { ...found, name: 'with open reads', path: builtIn, env: readable, kind: 'rows' },
  { ...found, name: 'its description', path: 'api/v1/openapi.json', kind: 'openapi' },
  { ...found, name: 'its reference', path: 'docs/swagger-ui-bundle.js', kind: 'use strict' },
  {
    ...found,
    name: 'with an unreachable Postgres',
    path: 'api/v1/models',
    env: { ...readable, DATABASE_URL: 'postgres://u:p@127.0.0.1:9/db' },
    status: 503,
    kind: 'status',
  },
]
/** What is expected of the functions that call no provider. */
const ofUpkeep = ofCrons.filter(({ kind }) => kind !== 'no_provider_key')
/** What is expected of the functions that differ. */
const others: Readonly<Record<string, Expectation[]>> = {
  'api/v1': ofApi,
  'api/health': ofHealth,
  'api/cron/leaderboards': ofUpkeep,
  'api/cron/prune': ofUpkeep,
}
const unset = Object.fromEntries(
  [
    'CRON_SECRET',
    'PUBLIC_READS',
    'OPENAI_API_KEY',
    'GROQ_API_KEY',
    'DATABASE_URL',
    'SUPABASE_URL',
    'SUPABASE_SERVICE_ROLE',
  ].map((name) => [name, '']),
)

/** Calls a built function the way the platform does; what differs from what is expected. */
async function call(root: string, path: string): Promise<string[]> {
  const folder = join(root, '.vercel/output/functions', `${path}.func`)
  const { handler } = JSON.parse(readFileSync(join(folder, '.vc-config.json'), 'utf8')) as { handler: string }
  const module = (await import(pathToFileURL(join(folder, handler)).href)) as Record<
    string,
    (request: Request) => Promise<Response>
  >
  const problems: string[] = []
  for (const { name, path: asked = path, env, headers, status, kind } of others[path] ?? ofCrons) {
    Object.assign(process.env, { VERCEL: '1', LOG_LEVEL: 'silent' }, unset, env)
    const response = await module['GET']?.(new Request(`https://firsttoken.example/${asked}`, { headers }))
    const body = (await response?.text()) ?? ''
    const right = response?.status === status && body.includes(`"${kind}"`)
    process.stdout.write(
      `${right ? 'ok ' : 'NOT'} /${asked} ${name}: ${response?.status} ${body.slice(0, 300)}\n`,
    )
    if (!right) problems.push(`/${asked} ${name}`)
  }
  return problems
}

/** Where the rewrites lead; a parameter that one of them adds would be refused by the API. */
function routeProblems(root: string): string[] {
  const config = JSON.parse(readFileSync(join(root, '.vercel/output/config.json'), 'utf8')) as {
    routes: { src?: string; dest?: string }[]
  }
  const rewrites = config.routes.filter(({ dest }) => dest !== undefined)
  const leadsTo = (path: string) => rewrites.find(({ src = '' }) => new RegExp(src).test(path))?.dest
  return [
    ...(leadsTo('/api/v1/providers') === '/api/v1'
      ? []
      : ['/api/v1/providers does not lead to its function']),
    ...(leadsTo('/targets/openai') === '/index.html'
      ? []
      : ['/targets/openai does not lead to the dashboard']),
    ...(existsSync(join(root, '.vercel/output/static/index.html')) ? [] : ['the dashboard was not built']),
  ]
}

/** Builds a copy of the checkout and calls every function; the number of problems. */
async function check(): Promise<number> {
  installCli()
  const root = copyProject()
  try {
    build(root)
    const output = join(root, '.vercel/output/functions')
    const functions = readdirSync(output, { recursive: true, encoding: 'utf8' })
    const paths = functions
      .filter((path) => path.endsWith('.func'))
      .map((path) => path.slice(0, -'.func'.length))
    process.stdout.write(execFileSync('du', ['-sh', '-L', '--apparent-size', output], { encoding: 'utf8' }))
    const problems: string[] = paths.length === 0 ? ['no function was built'] : []
    for (const path of paths) problems.push(...(await call(root, path)))
    problems.push(...routeProblems(root))
    for (const problem of problems) process.stdout.write(`NOT ${problem}\n`)
    process.stdout.write(`${paths.length} functions built, ${problems.length} problems\n`)
    return problems.length
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

await main(
  defineCommand({
    name: 'check-vercel-build',
    help: `Build the functions with the Vercel CLI ${version}, load each from the built output, and call it.

Usage: pnpm tsx scripts/check-vercel-build.ts

  --help                this text

Needs no account, and if the system can cut it off, no network. The CLI (360 MB) is installed once, outside this checkout.

Exit codes: 0 every function answers as it should, 1 one does not, 2 bad usage.
`,
    flags: z.object({}),
    needs: 'nothing',
    run: async () => ((await check()) === 0 ? exitCode.ok : exitCode.allFailed),
  }),
)
