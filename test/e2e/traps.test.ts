import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Sql } from '../../src/store/connection.ts'
import { startSynthetic, type Synthetic } from '../../src/synthetic/server.ts'
import { command, makeFolder, removeFolder, start } from '../support/command.ts'
import { holdDatabase } from '../support/held-database.ts'

let provider: Synthetic
let cwd: string
let database: Sql
beforeAll(async () => {
  cwd = makeFolder()
  database = await holdDatabase(cwd)
  provider = await startSynthetic({ options: { ttftMs: 20, frames: 5, delayMs: 2 } })
})
afterAll(async () => {
  await provider.close()
  await database.close()
  removeFolder(cwd)
})
const endpoint = (model = 'synthetic-1') => ['--base-url', provider.url, '--model', model]
const query = async (text: string) => (await database.query(text)).rows

test('a run whose output is closed still records everything', async () => {
  const running = start('run.ts', [...endpoint(), '--runs', '20', '--name', 'Unread'], { cwd })
  await running.until(/✓/)
  running.child.stdout?.destroy()
  expect((await running.ended).code).toBe(0)
  const [row] = await query("select count(*)::int as n from benchmark_results where provider = 'unread'")
  expect(row).toEqual({ n: 20 })
})

test('two signals from one key press count as one', async () => {
  const running = start(
    'run.ts',
    [...endpoint('synthetic-1/ttft_ms/300/frames/50/delay_ms/10'), '--runs', '3'],
    { cwd },
  )
  await running.until(/firsttoken {2}run/)
  running.child.kill('SIGINT')
  running.child.kill('SIGINT')
  const { code, stderr, stdout } = await running.ended
  expect(code).toBe(130)
  expect(stderr).toContain('finishing the probe in hand')
  expect(stderr).not.toContain('stopping the probe in hand')
  expect(stdout).not.toContain('aborted')
})

test('a second press aborts the current probe too, and its row says so', async () => {
  const running = start('run.ts', [...endpoint('synthetic/fault/hang-first-token'), '--name', 'Hung'], {
    cwd,
  })
  await running.until(/firsttoken {2}run/)
  running.child.kill('SIGINT')
  await running.until(/finishing the probe in hand/)
  // Signals that follow at once count as the same press.
  await new Promise((resolve) => setTimeout(resolve, 350))
  running.child.kill('SIGINT')
  expect((await running.ended).code).toBe(130)
  const rows = await query(
    "select error_kind, fault_domain, r.status from benchmark_results b join runs r on r.id = b.run_id where provider = 'hung'",
  )
  expect(rows).toEqual([{ error_kind: 'aborted', fault_domain: 'self', status: 'cancelled' }])
})

test.each([
  ['a folder', (path: string) => mkdirSync(path), 2, '.env cannot be read'],
  [
    'a file with a byte order mark and CRLF',
    (path: string) =>
      writeFileSync(path, `\uFEFFLLM_BASE_URL="${provider.url}"\r\n# here\r\nLLM_MODEL=synthetic-1\r\n`),
    0,
    '',
  ],
])('.env may be %s', async (...[, make, code, message]) => {
  const folder = makeFolder()
  try {
    make(join(folder, '.env'))
    const ended = await command('run.ts', ['--no-save', '--quiet'], { cwd: folder })
    expect(ended).toMatchObject({ code, stderr: expect.stringContaining(message) })
  } finally {
    removeFolder(folder)
  }
})

test('a base URL at which nothing is gets a hint', async () => {
  const bare = provider.url.replace(/\/v1$/, '/openai')
  const ended = await command('run.ts', ['--base-url', bare, '--model', 'm', '--no-save'], { cwd })
  expect(ended.code).toBe(1)
  expect(ended.stdout).toContain('Is --base-url complete? Most base URLs end in /v1.')
})

test('an endless answer is cut off, and its recorded text too', async () => {
  const chunk =
    `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'x'.repeat(4000) } }] })}\n\n`.repeat(
      50,
    )
  const endless = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const more = () => {
      while (!response.destroyed && response.write(chunk));
      if (!response.destroyed) response.once('drain', more)
    }
    more()
  })
  await new Promise<void>((listening) => endless.listen(0, '127.0.0.1', listening))
  const { port } = endless.address() as AddressInfo
  const ended = await command(
    'run.ts',
    ['--base-url', `http://127.0.0.1:${port}/v1`, '--model', 'm', '--no-save', '--json'],
    { cwd },
  )
  endless.closeAllConnections()
  endless.close()
  const [row] = (JSON.parse(ended.stdout) as { results: Record<string, string>[] }).results
  expect(row).toMatchObject({ success: false, error_kind: 'malformed' })
  expect(row?.['error_message']).toContain('the answer did not end')
  expect(row?.['response_text']?.length).toBe(2 ** 20)
})

test('SYN_ variables shape the synthetic answers of a run', async () => {
  const ended = await command('run.ts', ['--synthetic', '--no-save', '--json'], {
    cwd,
    env: { SYN_FRAMES: '3' },
  })
  expect(JSON.parse(ended.stdout)).toMatchObject({ results: [{ output_tokens: 3 }] })
  const wrong = await command('run.ts', ['--synthetic', '--no-save'], { cwd, env: { SYN_FRAMES: 'many' } })
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('SYN_FRAMES') })
})

test('query accepts one statement only', async () => {
  const ended = await command('query.ts', ['select 1; select 2'], { cwd })
  expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining('one statement only') })
})

test('a failed write of --out is reported, and the run is recorded', async () => {
  const ended = await command('run.ts', [...endpoint(), '--quiet', '--out', '/dev/full', '--name', 'Full'], {
    cwd,
  })
  expect(ended).toMatchObject({ code: 3, stderr: expect.stringContaining('--out') })
  expect(await query("select success from benchmark_results where provider = 'full'")).toEqual([
    { success: true },
  ])
})
