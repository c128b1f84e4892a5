import type { Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Sql } from '../../src/store/connection.ts'
import { command, makeFolder, removeFolder } from '../support/command.ts'
import { holdDatabase } from '../support/held-database.ts'
import { hostileAnswers } from '../support/hostile-answers.ts'
import { healthy, serving, streamHead } from '../support/loopback.ts'

let cwd: string
let database: Sql
beforeAll(async () => {
  cwd = makeFolder()
  database = await holdDatabase(cwd)
})
afterAll(async () => {
  await database.close()
  removeFolder(cwd)
})

const named = (name: string) => {
  const found = hostileAnswers.find((answer) => answer.name === name)
  if (found === undefined) throw new Error(`no answer of ${name}`)
  return found
}
const at = (baseUrl: string) => ({
  LLM_BASE_URL: baseUrl,
  LLM_MODEL: 'm',
  LLM_API_KEY: 'none',
  TIMEOUT_FIRST_TOKEN_S: '5',
  TIMEOUT_TOTAL_S: '5',
})

test('answers that ended a process, or stopped it for ever, are results among others', async () => {
  const answers = [
    '101 with an upgrade',
    'gzip, gzip over plain text',
    'an error code of 300 KB',
    'a double bomb',
  ]
  const writers = [
    ...answers.map((name) => named(name).write),
    (socket: Socket) => void socket.end(streamHead + healthy.join('')),
  ]
  let calls = 0
  const ended = await serving(
    (socket) => writers[calls++]?.(socket),
    (url) => command('run.ts', ['--runs', '5', '--json'], { cwd, env: at(url) }),
  )
  expect(ended.code).toBe(0)
  const { results } = JSON.parse(ended.stdout) as {
    results: { success: boolean; error_kind: string | null }[]
  }
  expect(results.map(({ error_kind }) => error_kind)).toEqual([
    'malformed',
    'malformed',
    'error_in_stream',
    'malformed',
    null,
  ])
})

test('a listing that switches protocols fails as one, and ends', async () => {
  const { write } = named('101 with an upgrade')
  const ended = await serving(
    (socket) => write(socket),
    (url) => command('sync-models.ts', [], { cwd, env: at(url) }),
  )
  expect(ended.code).toBe(1)
  expect(ended.stdout + ended.stderr).toContain('switched protocols')
})
