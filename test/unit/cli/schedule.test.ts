import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { buildApp } from '../../../src/app.ts'
import type { Streams } from '../../../src/cli/streams.ts'
import { schedule } from '../../../src/cli/schedule.ts'

test('a job that breaks is told, and the next one is made all the same', async () => {
  const logs = mkdtempSync(join(tmpdir(), 'firsttoken-schedule-'))
  const app = buildApp({
    LOG_DIR: logs,
    GENAI_PRICES_URL: 'off',
    MODELS_DEV_URL: 'off',
    OFFICIAL_STATUS: 'off',
  })
  if ('problems' in app) throw new Error(app.problems.join())
  app.store = { ...app.store, open: () => Promise.reject(new TypeError('a fault of ours')) }
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() }
  let told = ''
  streams.stderr.setEncoding('utf8').on('data', (text: string) => {
    told += text
    if (told.split('a fault of ours').length === 3) process.emit('SIGTERM')
  })
  const code = await schedule.execute(['--cron', '* * * * * *', '--synthetic'], {
    openApp: () => app,
    openDatabase: () => Promise.reject(new Error('opened')),
    env: {},
    streams: streams as unknown as Streams,
  })
  expect(code).toBe(0)
  expect(told.match(/firsttoken: the benchmark failed: TypeError: a fault of ours/g)).toHaveLength(2)
  const logged = readdirSync(logs, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'))
  expect(logged.join('')).toContain('the benchmark failed')
  rmSync(logs, { recursive: true })
})
