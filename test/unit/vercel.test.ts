import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { createHttp } from '../../src/http/http.ts'
import { scheduleOf } from '../../src/jobs/schedule.ts'
import { cronProblem } from '../../src/run/slot.ts'
import { createMemoryStore } from '../../src/store/memory.ts'
import { testApp } from '../support/app.ts'

const schema = z.object({
  crons: z.array(z.object({ path: z.string(), schedule: z.string() })),
  functions: z.record(z.string(), z.object({ maxDuration: z.int().min(1).max(300) })),
})
const vercel = schema.parse(JSON.parse(readFileSync('vercel.json', 'utf8')))

test('every cron calls an existing function and has a valid schedule', () => {
  for (const { path, schedule } of vercel.crons) {
    expect(existsSync(`.${path}.ts`), path).toBe(true)
    expect(cronProblem(schedule)).toBeNull()
  }
})

test('every function has a time limit, and every time limit a function', () => {
  const files = readdirSync('api', { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  )
  expect(Object.keys(vercel.functions).toSorted()).toEqual(files.map((name) => `api/${name}`).toSorted())
})

test('every route of the API has a function, and every scheduled job a cron', () => {
  const app = testApp({}, createMemoryStore())
  const paths = new Set(createHttp(app, 1000).routes.map(({ path }) => path))
  const files = [...paths].filter((path) => path.startsWith('/api/'))
  expect(files.length).toBeGreaterThan(3)
  expect(files.filter((path) => !existsSync(`.${path}.ts`))).toEqual([])
  const jobs = scheduleOf(app.config).map(({ job }) => `/api/cron/${job}`)
  expect(vercel.crons.map(({ path }) => path).toSorted()).toEqual(jobs.toSorted())
})

test('the engine is Node 24', () => {
  const manifest = z
    .object({ engines: z.object({ node: z.string() }) })
    .parse(JSON.parse(readFileSync('package.json', 'utf8')))
  expect(manifest.engines.node).toBe('24.x')
})
