import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { readConfig } from '../../src/env.ts'
import { fileSource, isServerPath, rewrites } from '../../src/http/paths.ts'
import { securityHeaders } from '../../src/http/security-headers.ts'
import { scheduleOf } from '../../src/jobs/schedule.ts'
import { apiMs } from '../../src/serverless-api.ts'
import { functionMs } from '../../src/serverless.ts'
import { stubStore } from '../support/stub-store.ts'
import { testApp } from '../support/app.ts'
import { cronOf } from '../support/cron.ts'

const schema = z.object({
  crons: z.array(z.object({ path: z.string(), schedule: z.string() })),
  rewrites: z.array(z.strictObject({ source: z.string(), destination: z.string() })),
  headers: z.array(
    z.object({ source: z.string(), headers: z.array(z.object({ key: z.string(), value: z.string() })) }),
  ),
  functions: z.record(
    z.string(),
    z.strictObject({
      // It is read by a name, which no bundler follows.
      includeFiles: z.literal('firsttoken.yaml'),
      maxDuration: z.int().min(1).max(300),
      supportsCancellation: z.boolean().optional(),
    }),
  ),
})
const vercel = schema.parse(JSON.parse(readFileSync('vercel.json', 'utf8')))

test('the crons are the schedule of an installation without settings, and each calls an existing function', () => {
  const config = readConfig({})
  if ('problems' in config) throw new Error(config.problems.join())
  const scheduled = scheduleOf({ ...config, logDir: null })
  expect(vercel.crons).toEqual(
    scheduled.map(({ job, cron }) => ({ path: `/api/cron/${job}`, schedule: cron })),
  )
  for (const { path } of vercel.crons) expect(existsSync(`.${path}.ts`), path).toBe(true)
})

test('every function has a time limit, and every time limit a function', () => {
  const files = readdirSync('api', { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  )
  expect(Object.keys(vercel.functions).toSorted()).toEqual(files.map((name) => `api/${name}`).toSorted())
})

test('the rewrites are those of the server paths, and everything else is the dashboard', () => {
  expect(vercel.rewrites).toEqual(rewrites)
  const goesTo = (path: string) =>
    vercel.rewrites.find(({ source }) => new RegExp(`^${source}$`).test(path))?.destination ?? null
  const ofApi = [
    '/api/v1/providers',
    '/docs',
    '/docs/start.js',
    '/metrics',
    '/api/v2/status.json',
    '/status',
    '/badge/a/b/ttft.svg',
    '/robots.txt',
  ]
  for (const path of ofApi) expect(goesTo(path), path).toBe('/api/v1')
  for (const path of ['/', '/targets/openai', '/apish', '/docsy', '/statuses'])
    expect(goesTo(path), path).toBe('/index.html')
  for (const path of ['/api/health', '/api/cron/prune', '/api/elsewhere', '/api'])
    expect(goesTo(path), path).toBe(null)
  for (const path of [...ofApi, '/api', '/api/health']) expect(isServerPath(path), path).toBe(true)
  for (const path of ['/', '/apish', '/docsy', '/assets/api/x.js'])
    expect(isServerPath(path), path).toBe(false)
})

test('files have the security headers of every other answer', () => {
  const [files, ...others] = vercel.headers
  expect(others).toEqual([])
  expect(files?.source).toBe(fileSource)
  expect(Object.fromEntries((files?.headers ?? []).map(({ key, value }) => [key, value]))).toEqual(
    securityHeaders,
  )
})

test('every route that schedulers and monitors call has a function', () => {
  const http = cronOf(testApp({}, stubStore({})), 1000)
  const paths = new Set(http.routes.map(({ path }) => path).filter((path) => path.startsWith('/api/')))
  expect(paths.size).toBeGreaterThan(3)
  expect([...paths].filter((path) => !existsSync(`.${path}.ts`))).toEqual([])
})

test('the engine is Node 24', () => {
  const manifest = z
    .object({ engines: z.object({ node: z.string() }) })
    .parse(JSON.parse(readFileSync('package.json', 'utf8')))
  expect(manifest.engines.node).toBe('24.x')
})

test('a function ends by itself before its time limit, and the one that streams learns that its client has left', () => {
  const limitOf = (name: string) => (vercel.functions[name]?.maxDuration ?? 0) * 1000
  expect(functionMs).toBeLessThan(limitOf('api/cron/benchmark.ts'))
  expect(apiMs).toBeLessThan(limitOf('api/v1.ts'))
  expect(vercel.functions['api/v1.ts']?.supportsCancellation).toBe(true)
})
