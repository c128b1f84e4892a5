import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { command, makeFolder, removeFolder, start } from '../support/command.ts'

const folder = makeFolder()
afterAll(() => removeFolder(folder))

/** Asks until the answer has this status, which it has for seconds after the start. */
async function until(url: string, status: number): Promise<Response> {
  for (;;) {
    const response = await fetch(url)
    if (response.status === status) return response
    await response.body?.cancel()
    await new Promise((wait) => setTimeout(wait, 50))
  }
}

/** Runs every line of docs/api.md for a shell, in order, with curl or, without it, with what does the same. */
function runLines(origin: string, token: string) {
  const page = readFileSync('docs/api.md', 'utf8')
  const blocks = [...page.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block)
  const lines = blocks.join('').replaceAll('http://127.0.0.1:8000', origin)
  const hasCurl = spawnSync('curl', ['--version']).status === 0
  const instead = `curl() { '${process.execPath}' '${join(import.meta.dirname, '../support/curl-process.ts')}' "$@"; }\n`
  return spawnSync('bash', ['--norc', '-e', '-o', 'pipefail', '-c', `${hasCurl ? '' : instead}${lines}`], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ADMIN_TOKEN: token },
  })
}

test('a server opens at once, lets others work on its database, and ends when it is told to', async () => {
  // Whom the lines of docs/api.md may name is not called from here.
  const nowhere = { OPENAI_BASE_URL: 'http://127.0.0.1:9/v1', GROQ_BASE_URL: 'http://127.0.0.1:9/v1' }
  const env = { LOG_LEVEL: 'silent', SYN_FRAMES: '3', SYN_DELAY_MS: '1', ...nowhere }
  const served = start('serve.ts', ['--port', '0'], { cwd: folder, env })
  const link = await served.until(/http:\/\/127\.0\.0\.1:\d+\/#token=\S+/)
  const { origin, hash } = new URL(link)
  const token = hash.slice('#token='.length)
  const page = await (await fetch(`${origin}/`)).text()
  expect(page).toContain('<div id="root">')
  await until(`${origin}/api/v1/models`, 200)

  const file = join(folder, '.data/.admin-token')
  expect(readFileSync(file, 'utf8')).toBe(`${token}\n`)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const target = JSON.stringify({ provider: 'synthetic', model: 'synthetic-1' })
  const change = (headers: Record<string, string>) =>
    fetch(`${origin}/api/v1/targets`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: target,
    })
  expect((await change({})).status).toBe(401)
  const signedIn = await fetch(`${origin}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin },
    body: JSON.stringify({ token }),
  })
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
  expect(cookie).toMatch(new RegExp(`^ft_${new URL(origin).port}=`))
  expect((await change({ cookie, origin })).status).toBe(200)

  const run = await command('run.ts', ['--json'], { cwd: folder, env })
  expect(run.code).toBe(0)

  const shown = runLines(origin, token)
  expect([shown.status, shown.stderr]).toEqual([0, ''])
  expect(shown.stdout).toContain('"default_model":"synthetic-1"')
  expect(shown.stdout).toContain('"run_number":1')
  expect(shown.stdout).toContain('id,run_id,provider_id,')
  expect(shown.stdout).toContain('"status":"queued"')
  expect(shown.stdout).toMatch(/event: run_metric\ndata: .*"status":"success"/)
  expect(shown.stdout).toMatch(/event: suite_complete\ndata: .*"total_runs":1,"successful_runs":1/)

  served.child.kill('SIGTERM')
  const { code, stdout, stderr } = await served.ended
  expect(code).toBe(0)
  expect(stdout.split(token).length).toBe(2)
  expect(stderr).not.toContain(token)

  const second = start('serve.ts', ['--port', '0', '--no-schedule'], { cwd: folder, env })
  await second.until(/firsttoken at http/)
  second.child.kill('SIGINT')
  const ended = await second.ended
  expect(ended.code).toBe(0)
  expect(ended.stdout + ended.stderr).not.toContain('token=')
})

test('a server that cannot be started as asked says why', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  const cases: [string[], Record<string, string>, string][] = [
    [['--port', String(port)], {}, `cannot listen on 127.0.0.1 port ${port}: the port is in use`],
    [[], { PORT: '80000' }, 'PORT: must be a number from 0 to 65535'],
  ]
  const fresh = join(folder, 'fresh')
  mkdirSync(fresh)
  const ended = await Promise.all(
    cases.map(async ([args, env, expected]) => {
      const { code, stderr } = await command('serve.ts', args, { cwd: fresh, env })
      return { code, says: stderr.includes(expected) ? expected : stderr }
    }),
  )
  expect(ended).toEqual(cases.map(([, , says]) => ({ code: 2, says })))
  taken.close()
  // Else no later start would show it.
  expect(existsSync(join(fresh, '.data/.admin-token'))).toBe(false)
})

test('a database that cannot be opened is told to whoever started the server', async () => {
  const cwd = join(folder, 'strange')
  mkdirSync(join(cwd, '.data'), { recursive: true })
  writeFileSync(join(cwd, '.data/notes.txt'), '')
  const served = start('serve.ts', ['--port', '0', '--no-schedule'], { cwd, env: { LOG_LEVEL: 'silent' } })
  await served.until(/firsttoken: .* is not the directory of an embedded database: it holds notes.txt/)
  served.child.kill('SIGTERM')
  expect((await served.ended).code).toBe(0)
})
