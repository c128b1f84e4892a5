import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { cronProblem } from '../../src/run/slot.ts'

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

test('the engine is Node 24', () => {
  const manifest = z
    .object({ engines: z.object({ node: z.string() }) })
    .parse(JSON.parse(readFileSync('package.json', 'utf8')))
  expect(manifest.engines.node).toBe('24.x')
})
