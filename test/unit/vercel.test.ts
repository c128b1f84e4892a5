import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { cronProblem } from '../../src/run/slot.ts'

const schema = z.object({
  crons: z.array(z.object({ path: z.string(), schedule: z.string() })),
  functions: z.record(z.string(), z.object({ maxDuration: z.int().min(1).max(300) })),
})
const vercel = schema.parse(JSON.parse(readFileSync('vercel.json', 'utf8')))

test('every cron calls a function that exists, at times that come', () => {
  for (const { path, schedule } of vercel.crons) {
    expect(existsSync(`.${path}.ts`), path).toBe(true)
    expect(cronProblem(schedule)).toBeNull()
  }
})

test('every function has its limit, and every limit its function', () => {
  const files = readdirSync('api', { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  )
  expect(Object.keys(vercel.functions).toSorted()).toEqual(files.map((name) => `api/${name}`).toSorted())
})

test('Node 24 is asked for', () => {
  const manifest = z
    .object({ engines: z.object({ node: z.string() }) })
    .parse(JSON.parse(readFileSync('package.json', 'utf8')))
  expect(manifest.engines.node).toBe('24.x')
})
